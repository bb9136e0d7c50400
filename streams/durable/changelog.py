"""The changelog of one shard: loaded by a plain consumer, written in fenced transactions (docs/decisions).

The transactional id belongs to the shard, not to the worker: opening the changelog bumps its epoch, so a former owner
that was only paused is fenced by the broker at its next write, and its open transaction is aborted.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

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
FIRST_LOOK_BACK = 16
"""Offsets before the end at which the last message is looked for."""
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
    said: str | None = None
    """SHA-256 of the last message to the topic that proves commits. None: there is no such topic or nothing was said yet, or
    a repair wrote this row.
    """


class Changelog:
    """Rows of one shard in ``topic``/``partition``."""

    def __init__(self, kafka: Kafka, *, topic: str, partition: int, proof: str | None = None) -> None:
        """``proof``: a topic of one partition that only this shard's commits write to. Its last message is that of the commit
        that wrote the rows; else rows were lost, all or the last ones, and a fold from there on would say things again.
        """
        self._kafka = kafka
        self._said: str | None = None
        self._loaded_to = 0
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
                await self._damaged("The changelog has rows but no high-water row. ", log_reader)
            await self._refuse_lost_rows(log_reader)
            return Rows(), None
        high_water = msgspec.json.decode(marked, type=HighWater)
        loaded = Rows(rows)
        if (len(loaded), loaded.digest()) != (high_water.rows, high_water.digest):
            await self._damaged(
                "The rows do not have the count and digest that were committed with them. ",
                log_reader,
                loaded=len(loaded),
                committed=high_water.rows,
            )
        await self._refuse_a_lost_end(high_water, log_reader)
        self._said = high_water.said
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
        self._said = next((_sha256(said.value) for said in reversed(outputs) if self._proves(said)), self._said)
        high_water = HighWater(
            next_offset=next_offset,
            rows=len(rows),
            digest=rows.digest(),
            topic_id=topic_id,
            last_input=last_input,
            said=self._said,
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
            self._loaded_to = end = await within_limit(
                _settled_end_of(self._place, consumer, log_reader), "waiting for open transactions of a changelog"
            )
            return await within_limit(self._read_to(end, consumer), "loading a changelog", limit=LOAD_LIMIT_SECONDS)

    async def _refuse_lost_rows(self, log_reader: AIOKafkaConsumer) -> None:
        if self._proof is not None and await self._last_said(self._proof, log_reader) is not None:
            await self._damaged(
                f"The changelog is empty, and {self._proof.topic} is not: the rows were lost. ", log_reader
            )

    async def _refuse_a_lost_end(self, high_water: HighWater, log_reader: AIOKafkaConsumer) -> None:
        """A changelog that lost its end has rows of before, which have their digest."""
        if self._proof is None or high_water.said is None:
            return
        if await self._last_said(self._proof, log_reader) != high_water.said:
            await self._damaged(
                f"The last message of {self._proof.topic} is not that of the commit that wrote these rows: one of the two lost "
                "its end. ",
                log_reader,
                next_offset=high_water.next_offset,
            )

    async def _damaged(self, reason: str, log_reader: AIOKafkaConsumer, **context: Any) -> NoReturn:
        """End the process. Nothing is lost if we stood still between two looks, and the owner that fenced us meanwhile has
        committed: its rows are not ours, and the cleaner takes those that they replace.
        """
        ends = await within_limit(log_reader.end_offsets([self._place]), "asking for a changelog's end")
        if ends[self._place] != self._loaded_to:
            die(Exit.FENCED, "Another worker has committed since these rows were read.", place=str(self._place))
        die(Exit.DAMAGED, reason + REPAIR, place=str(self._place), **context)

    async def _last_said(self, proof: TopicPartition, log_reader: AIOKafkaConsumer) -> str | None:
        """SHA-256 of the last committed message of a topic; None when it has none."""
        async with self._committed_reader() as consumer:
            end = await within_limit(
                _settled_end_of(proof, consumer, log_reader), "waiting for open transactions of what proves commits"
            )
            value = await within_limit(_last_value(consumer, proof, end), "looking for what was said last")
        return None if value is None else _sha256(value)

    def _proves(self, output: Output) -> bool:
        return self._proof is not None and output.topic == self._proof.topic

    @contextlib.asynccontextmanager
    async def _committed_reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = self._kafka.committed_reader()
        await within_limit(consumer.start(), "connecting to load a changelog")
        yield consumer
        await within_limit(consumer.stop(), "closing the loader of a changelog")

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


async def _settled_end_of(place: TopicPartition, committed: AIOKafkaConsumer, uncommitted: AIOKafkaConsumer) -> int:
    """The end of a changelog, or of what proves its commits, once no transaction in it is open: one would hide every later
    commit, ours included, and what those stand for would be done a second time. The former owner's is aborted already; so it
    is a stranger's.
    """
    while True:
        stable = (await committed.end_offsets([place]))[place]
        end = (await uncommitted.end_offsets([place]))[place]
        if stable == end:
            return int(end)
        log.warning(
            "a transaction is open in the changelog or in what proves its commits; waiting for its end",
            place=str(place),
        )
        await asyncio.sleep(SETTLING_SECONDS)


async def _last_value(consumer: AIOKafkaConsumer, place: TopicPartition, end: int) -> bytes | None:
    """The last committed value before an offset. Markers and what was aborted take offsets too, so it looks ever further back."""
    beginning = (await consumer.beginning_offsets([place]))[place]
    consumer.assign([place])
    back, last = FIRST_LOOK_BACK, None
    while last is None and end > beginning:
        start = max(beginning, end - back)
        consumer.seek(place, start)
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=500)).get(place, ()):
                last = record.value
        if start == beginning:
            break
        back *= 8
    return last


def _sha256(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


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
