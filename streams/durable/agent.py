"""A Faust agent over a topic whose inputs are folded by a pure core, and whose outputs and state become durable together."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from faust.types import TP

from schemas.environment import Environment
from schemas.topics import Topic
from streams.durable.changelog import LARGEST_BATCH, LINGER_MS, Changelog, within_limit
from streams.durable.dying import Exit, LoopWatch, die, dying
from streams.durable.fold import Output, Record
from streams.durable.mended_faust import CrashOnlyWorker, mended_app
from streams.durable.shard import OpenFold, Shard

log = structlog.get_logger(__name__)

REPORT_SECONDS = 0.1
"""Reports are cumulative, so ten a second tell as much as one a batch, and keep the log that takes them small."""
WATCH_SECONDS = 2.0
"""Between two looks at progress."""
STILL_LIMIT_SECONDS = 12.0
"""That a shard may stand still while inputs wait: a rebalance may wait for the session of a dead member (6 s) twice."""
JOIN_LIMIT_SECONDS = 45.0
"""To join the group and open the shards: several sessions of a dead member (6 s), and the loading of a large table."""


class DurableAgent:
    """The one thing that this package offers. ``run`` blocks and ends with the process.

    ``contiguous``: nobody writes to the input in a transaction and nothing is deleted from it, so a gap is a fault and
    never passed. Else a hole that the log really has is counted and passed.
    """

    def __init__(
        self,
        app_id: str,
        environment: Environment,
        *,
        inputs: Topic,
        state: Topic,
        open_fold: OpenFold,
        contiguous: bool,
    ) -> None:
        self.environment = environment
        self.shards: dict[int, Shard] = {}
        self._inputs = inputs
        self._state = state
        self._open_fold = open_fold
        self._contiguous = contiguous
        self._shard_count = inputs.partition_count(environment.attention_shards)
        self._lock = asyncio.Lock()
        self._joined = False
        self._tasks: list[Callable[[], Awaitable[None]]] = [self._report]
        self._reader: AIOKafkaConsumer
        self._producer: AIOKafkaProducer
        self.app = mended_app(
            app_id,
            bootstrap=environment.kafka_bootstrap,
            member=environment.worker_id,
            open_shards=self._open_shards,
            positions=self._positions,
        )
        self._declare()

    def task(self, run: Callable[[], Awaitable[None]]) -> None:
        """Something else that this worker does all the time. It ends the process when it ends or raises."""
        self._tasks.append(run)

    def run(self) -> None:
        """Run the worker until it is stopped or ends itself."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._prepare())
        # Not as tasks of Faust's: those begin when the group is joined, and these see to it that it is (fault 6).
        self._watching = [loop.create_task(self._forever(run)) for run in (self._beat, self._watch)]
        CrashOnlyWorker(self.app, when_idle=self._lock, loop=loop, loglevel=None).execute_from_commandline()

    async def send(self, outputs: list[Output], *, partition: int | None = None) -> None:
        """Send outside any transaction, acknowledged: for what may be lost, repeated or late without harm."""
        sent = [
            await self._producer.send(o.topic, o.value, o.key, partition=partition, headers=list(o.headers))
            for o in outputs
        ]
        await asyncio.gather(*sent)

    async def partition_count(self, topic: Topic) -> int:
        """How many partitions a topic really has."""
        partitions = await within_limit(self._producer.partitions_for(topic.name), "asking for a topic's partitions")
        return len(partitions)

    def _declare(self) -> None:
        app = self.app
        topic = app.topic(
            self._inputs.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
        )
        # The table gives Faust the changelog to assign together with the inputs. Its rows are in the shards: Faust's
        # memory tables are keyed without the partition, so that shards overwrite each other (fault 11).
        app.Table("state", key_type=bytes, value_type=bytes, partitions=self._shard_count)

        @app.agent(topic, name=f"{app.conf.id}.fold", concurrency=1)
        async def fold(stream):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- Faust reads annotations of agents
            with dying("the agent"):
                async for event in stream.events():
                    await self._take(event.message)

        @app.task
        async def start_tasks() -> None:
            self._running = [asyncio.ensure_future(self._forever(run)) for run in self._tasks]

    async def _forever(self, run: Callable[[], Awaitable[None]]) -> None:
        with dying(f"the task {run.__qualname__}"):
            await run()
        die(Exit.UNEXPECTED, "A task of the worker ended.", task=run.__qualname__)

    async def _prepare(self) -> None:
        """What needs the event loop, before Faust starts."""
        bootstrap = self.environment.kafka_bootstrap
        self._reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none")
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=LARGEST_BATCH, linger_ms=LINGER_MS
        )
        await within_limit(self._reader.start(), "connecting a reader")
        await within_limit(self._producer.start(), "connecting a producer")
        await self._refuse_other_topics()

    async def _refuse_other_topics(self) -> None:
        """Faust waits in silence for topics that are not there (fault 13)."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.environment.kafka_bootstrap)
        await within_limit(admin.start(), "connecting to ask for topics")
        try:
            described = await within_limit(
                admin.describe_topics([self._inputs.name, self._state.name]), "asking for topics"
            )
        finally:
            await admin.close()
        for topic in described:
            partitions = len(topic["partitions"])
            if topic["error_code"] or partitions != self._shard_count:
                die(
                    Exit.REFUSED,
                    f"Topic {topic['topic']} has {partitions} partitions and {self._shard_count} are wanted. "
                    "Run `biome topics create`; a topic that exists keeps its number (BIOME_ATTENTION_SHARDS).",
                    topic=topic["topic"],
                )

    async def _take(self, message: object) -> None:
        async with self._lock:
            shard = self.shards.get(message.partition)  # type: ignore[attr-defined]
            if shard is None:
                return
            record = Record(
                message.offset,  # type: ignore[attr-defined]
                # Faust gives float seconds; milliseconds of this size come back exactly.
                round(message.timestamp * 1_000),  # type: ignore[attr-defined]
                message.key,  # type: ignore[attr-defined]
                message.value,  # type: ignore[attr-defined]
            )
            await shard.take(record, self._reader)

    async def _open_shards(self, inputs: set[TP], still_assigned: Callable[[], bool]) -> None:
        async with self._lock:
            assigned = {tp.partition for tp in inputs}
            for partition in self.shards.keys() - assigned:
                await self.shards.pop(partition).close()
            for partition in sorted(assigned - self.shards.keys()):
                if not still_assigned():
                    return  # Opening fences whoever owns the shard now.
                self.shards[partition] = await self._opened(partition)
            self._joined = True
            log.info("shards assigned", partitions=sorted(assigned))

    async def _opened(self, partition: int) -> Shard:
        changelog = Changelog(bootstrap=self.environment.kafka_bootstrap, topic=self._state.name, partition=partition)
        shard = Shard(
            place=TopicPartition(self._inputs.name, partition), changelog=changelog, contiguous=self._contiguous
        )
        await shard.open(self._open_fold, self._reader)
        return shard

    def _positions(self) -> dict[TP, int]:
        return {TP(self._inputs.name, partition): shard.position for partition, shard in self.shards.items()}

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            async with (
                self._lock
            ):  # not while a commit is under way: a report must not tell what may not become durable
                outputs = [output for shard in self.shards.values() for output in shard.report()]
            if outputs:
                await within_limit(self.send(outputs), "reporting")

    async def _beat(self) -> None:
        watch = LoopWatch()
        watch.start()
        while True:
            await asyncio.sleep(0.5)
            watch.beat()

    async def _watch(self) -> None:
        """Progress, not only liveness: Faust can stand still without a word (faults 6 and 7)."""
        started_at = monotonic()
        since: dict[tuple[int, int], float] = {}
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = monotonic()
            if not self._joined and now - started_at > JOIN_LIMIT_SECONDS:
                die(Exit.NOT_JOINED, f"The consumer group was not joined within {JOIN_LIMIT_SECONDS:.0f} s.")
            places = [(partition, shard.position) for partition, shard in self.shards.items()]
            since = {place: since.get(place, now) for place in places}
            for (partition, position), still_since in since.items():
                if now - still_since > STILL_LIMIT_SECONDS:
                    await self._look_at(partition, position)

    async def _look_at(self, partition: int, position: int) -> None:
        async with self._lock:
            shard = self.shards.get(partition)
            if shard is not None and shard.position == position:
                await shard.refuse_to_stand_still(self._reader, seconds=STILL_LIMIT_SECONDS)
