"""A Faust agent over a topic whose inputs are folded by a pure core, and whose outputs and state become durable together."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import structlog
from faust.types import TP

from schemas.environment import Environment
from schemas.topics import Topic
from streams.durable.dying import Exit, LoopWatch, die, dying
from streams.durable.fold import Record
from streams.durable.kafka import Kafka
from streams.durable.mended_faust import CrashOnlyWorker, mended_app
from streams.durable.progress import ProgressWatch
from streams.durable.shard import OpenFold
from streams.durable.shards import Shards

log = structlog.get_logger(__name__)

REPORT_SECONDS = 0.1
"""Reports are cumulative, so ten a second tell as much as one a batch, and keep the log that takes them small."""
WATCH_SECONDS = 2.0
"""Between two looks at progress."""
JOIN_LIMIT_SECONDS = 45.0
"""To join the group and open the shards: several sessions of a dead member (6 s), and the loading of a large table."""


class DurableAgent:
    """The one thing that this package offers. ``run`` blocks and ends with the process.

    ``contiguous``: nobody writes to the input in a transaction and nothing is deleted from it, so a gap is a fault and
    never passed. Else a hole that the log really has is counted and passed.

    ``proof``: a topic of one partition that only this agent's commits write to, if there is one: by it a lost state is told
    from one that has not begun.
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
        proof: Topic | None = None,
    ) -> None:
        self._inputs = inputs
        self._shard_count = inputs.partition_count(environment.attention_shards)
        self.shards = Shards(
            Kafka(environment.kafka_bootstrap),
            inputs=inputs,
            state=state,
            shard_count=self._shard_count,
            open_fold=open_fold,
            contiguous=contiguous,
            proof=proof,
        )
        self._joined = False
        self._assigning = False
        self._tasks: list[Callable[[], Awaitable[None]]] = [self._report]
        self.app = mended_app(
            app_id,
            bootstrap=environment.kafka_bootstrap,
            member=environment.worker_id,
            open_shards=self._assign,
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
        loop.run_until_complete(self.shards.connect())
        # Not as tasks of Faust's: those begin when the group is joined, and these see to it that it is (fault 6).
        self._watching = [loop.create_task(self._forever(run)) for run in (self._beat, self._watch)]
        CrashOnlyWorker(self.app, when_idle=self.shards.lock, loop=loop, loglevel=None).execute_from_commandline()

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

    async def _take(self, message: Any) -> None:
        record = Record(
            message.offset,
            # Faust gives float seconds; milliseconds of this size come back exactly.
            round(message.timestamp * 1_000),
            message.key,
            message.value,
        )
        await self.shards.take(message.partition, record)

    async def _assign(self, inputs: set[TP], still_assigned: Callable[[], bool]) -> None:
        self._assigning = True
        gc.disable()  # what is loaded stays: it is left out of every later collection, and makes none itself
        await self.shards.assign({tp.partition for tp in inputs}, still_assigned)
        gc.freeze()
        gc.enable()
        self._assigning = False
        self._joined = True

    def _positions(self) -> dict[TP, int]:
        return {TP(self._inputs.name, partition): offset for partition, offset in self.shards.positions().items()}

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            await self.shards.report()

    async def _beat(self) -> None:
        watch = LoopWatch()
        watch.start()
        while True:
            await asyncio.sleep(0.5)
            watch.beat()

    async def _watch(self) -> None:
        """Progress, not only liveness: Faust can stand still without a word (faults 6 and 7)."""
        watch = ProgressWatch(monotonic())
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = monotonic()
            if not self._joined and now - watch.began_at > JOIN_LIMIT_SECONDS:
                die(Exit.NOT_JOINED, f"The consumer group was not joined within {JOIN_LIMIT_SECONDS:.0f} s.")
            # While shards are opened nothing is delivered, not even to those that are open already.
            for partition, position in watch.suspects({} if self._assigning else self.shards.positions(), now):
                await self.shards.refuse_to_stand_still(partition, position)
