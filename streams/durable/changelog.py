"""The changelog of one shard: loaded by a plain consumer, written in fenced transactions (docs/decisions).

The transactional id belongs to the shard, not to the worker: opening the changelog bumps its epoch, so a former owner
that was only paused is fenced by the broker at its next write, and its open transaction is aborted.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from streams.durable.dying import Exit, die
from streams.durable.fold import Output
from streams.durable.kafka import ACK_LIMIT_SECONDS, Kafka
from streams.durable.rows import Rows

log = structlog.get_logger(__name__)

HIGH_WATER = b"high-water"
REPAIR = "Rebuild them from the log: `biome repair` (docs/operations.md)."
LOAD_LIMIT_SECONDS = 10 * ACK_LIMIT_SECONDS
"""To read a whole changelog: 500,000 rows take about a second."""
SETTLING_SECONDS = 0.5
"""Between two looks whether a stranger's transaction in the changelog has ended."""

_Result = TypeVar("_Result")


class LastInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The input before the next one, to know the log by: offsets alone fit again once another log has grown as long."""

    offset: int
    sha256: str


class HighWater(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The row that says what the other rows stand for."""

    next_offset: int
    rows: int
    digest: str
    topic_id: str | None = None
    """Kafka's id of the input topic. None: written before ids were kept."""
    last_input: LastInput | None = None
    """None: nothing was folded yet, or it is not at hand at this commit (most of its window was left over)."""


class Changelog:
    """Rows of one shard in ``topic``/``partition``."""

    def __init__(self, kafka: Kafka, *, topic: str, partition: int, proof: str | None = None) -> None:
        """``proof``: a topic of one partition that only this shard's commits write to. When that has something and the
        changelog has nothing, the rows were lost, and a fold from the beginning would say everything again.
        """
        self._kafka = kafka
        self._proof = None if proof is None else TopicPartition(proof, 0)
        self._place = TopicPartition(topic, partition)
        self._producer = kafka.shard_producer(f"{topic}-{partition}")

    async def open(self, log_reader: AIOKafkaConsumer) -> tuple[Rows, HighWater | None]:
        """Fence any former owner and load the rows. Returns them and the high-water (None: no commit yet)."""
        await within_limit(self._producer.start(), "fencing the former owner of the shard")
        rows = await self._load(log_reader)
        marked = rows.pop(HIGH_WATER, None)
        if marked is None:
            if rows:
                die(Exit.DAMAGED, "The changelog has rows but no high-water row. " + REPAIR, place=str(self._place))
            await self._refuse_lost_rows()
            return Rows(), None
        high_water = msgspec.json.decode(marked, type=HighWater)
        loaded = Rows(rows)
        if (len(loaded), loaded.digest()) != (high_water.rows, high_water.digest):
            die(
                Exit.DAMAGED,
                "The rows do not have the count and digest that were committed with them. " + REPAIR,
                place=str(self._place),
                loaded=len(loaded),
                committed=high_water.rows,
            )
        return loaded, high_water

    async def commit(
        self,
        *,
        next_offset: int,
        outputs: Sequence[Output],
        rows: Rows,
        topic_id: str | None = None,
        last_input: LastInput | None = None,
    ) -> None:
        """Outputs, changed rows and the high-water row become visible together, or none of them."""
        assert HIGH_WATER not in rows, "this key belongs to the changelog"
        high_water = HighWater(
            next_offset=next_offset, rows=len(rows), digest=rows.digest(), topic_id=topic_id, last_input=last_input
        )
        changes: Mapping[bytes, bytes] = rows.take_changes() | {HIGH_WATER: msgspec.json.encode(high_water)}
        await within_limit(self._transact(outputs, changes), "the commit of a transaction")

    async def close(self) -> None:
        """Give the shard up. The next owner fences us in any case."""
        await within_limit(self._producer.stop(), "closing the producer of a shard")

    async def _transact(self, outputs: Sequence[Output], changes: Mapping[bytes, bytes]) -> None:
        await self._producer.begin_transaction()
        sent = [
            await self._producer.send(output.topic, output.value, output.key, headers=list(output.headers))
            for output in outputs
        ]
        sent += [
            await self._producer.send(self._place.topic, value, key, partition=self._place.partition)
            for key, value in changes.items()
        ]
        # Each ack, before the commit: aiokafka commits a transaction of which a send failed without a word.
        await asyncio.gather(*sent)
        await self._producer.commit_transaction()

    async def _load(self, log_reader: AIOKafkaConsumer) -> dict[bytes, bytes]:
        """The last value of each key, read from the beginning by a plain consumer: 20 to 40 times faster than Faust's
        own recovery (fault 14), and only what was committed.
        """
        async with self._committed_reader() as consumer:
            end = await within_limit(
                self._settled_end(consumer, log_reader), "waiting for open transactions of a changelog"
            )
            return await within_limit(self._read_to(end, consumer), "loading a changelog", limit=LOAD_LIMIT_SECONDS)

    async def _refuse_lost_rows(self) -> None:
        if self._proof is None:
            return
        async with self._committed_reader() as consumer:
            if await within_limit(_has_records(consumer, self._proof), "looking for what was said before"):
                die(
                    Exit.DAMAGED,
                    f"The changelog is empty, and {self._proof.topic} is not: the rows were lost. " + REPAIR,
                    place=str(self._place),
                )

    @contextlib.asynccontextmanager
    async def _committed_reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = self._kafka.committed_reader()
        await within_limit(consumer.start(), "connecting to load a changelog")
        yield consumer
        await within_limit(consumer.stop(), "closing the loader of a changelog")

    async def _settled_end(self, committed: AIOKafkaConsumer, uncommitted: AIOKafkaConsumer) -> int:
        """The changelog's end, once no transaction in it is open: one would hide every later commit, ours included, and
        what those stand for would be done a second time. The former owner's is aborted already; so it is a stranger's.
        """
        while True:
            stable = (await committed.end_offsets([self._place]))[self._place]
            end = (await uncommitted.end_offsets([self._place]))[self._place]
            if stable == end:
                return int(end)
            log.warning("a transaction is open in the changelog; waiting for its end", place=str(self._place))
            await asyncio.sleep(SETTLING_SECONDS)

    async def _read_to(self, end: int, consumer: AIOKafkaConsumer) -> dict[bytes, bytes]:
        consumer.assign([self._place])
        await consumer.seek_to_beginning(self._place)
        rows: dict[bytes, bytes] = {}
        while await consumer.position(self._place) < end:
            for record in (await consumer.getmany(self._place, timeout_ms=500)).get(self._place, ()):
                if record.value is None:
                    rows.pop(record.key, None)
                else:
                    rows[record.key] = record.value
        return rows


async def _has_records(consumer: AIOKafkaConsumer, place: TopicPartition) -> bool:
    end = (await consumer.end_offsets([place]))[place]
    consumer.assign([place])
    await consumer.seek_to_beginning(place)
    while await consumer.position(place) < end:
        if (await consumer.getmany(place, timeout_ms=500, max_records=1)).get(place):
            return True
    return False


async def within_limit(
    awaitable: Awaitable[_Result], doing: str, *, limit: float = ACK_LIMIT_SECONDS, **context: Any
) -> _Result:
    """Await what a broker has to answer; end the process when it does not, or when another worker has taken over.

    Nothing is cancelled: the process ends, and a cancelled client may take its time.
    """
    answer = asyncio.ensure_future(awaitable)
    await asyncio.wait({answer}, timeout=limit)
    if not answer.done():
        die(Exit.NOT_ACKNOWLEDGED, f"No broker answered within {limit:.0f} s: {doing}.", **context)
    try:
        return answer.result()
    except ProducerFenced:
        die(Exit.FENCED, f"Another worker owns this shard now: {doing}.", **context)
    except KafkaError as fault:
        die(Exit.NOT_ACKNOWLEDGED, f"{doing}: {fault!r}", **context)
