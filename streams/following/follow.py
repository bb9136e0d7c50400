"""An endless reader of whole ticks from Kafka: no group, read_committed, from a position of the caller's own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from schemas.decoding import decode_tick, decode_trade_event
from schemas.messages.market_ticks import HASH_HEADER, Tick
from schemas.topics import MARKET_TICKS, TRADE_EVENTS
from streams.following.connecting import connect
from streams.following.whole_ticks import BrokenLogError, Position, Seen, WholeTick, WholeTicks

TICKS = TopicPartition(MARKET_TICKS.name, 0)
EVENTS = TopicPartition(TRADE_EVENTS.name, 0)

MOST_WAITING_TICKS = 1_000
"""Ticks held while their events are on the way; past it that topic is paused. About 3 MB."""
MOST_WAITING_EVENTS = 20_000
"""Events held while their tick is on the way; past it that topic is paused. About 20 MB."""
POLL_MS = 1_000
"""Longest that one poll waits for a record: nothing depends on it, records end the wait."""
MOST_RECORDS = 5_000
"""Records of one poll, so that a batch of whole ticks stays small enough for one SQL transaction."""
FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 5.0
REQUEST_TIMEOUT_MS = 10_000
"""A broker that was killed is noticed at once; this is for one that hangs."""
FIRST_LOOK_BACK = 16
"""Offsets before the end at which the newest tick is looked for; doubled eight-fold until it is found."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def follow_batches(
    bootstrap: str, *, seen: Seen | None, position: Position
) -> AsyncGenerator[list[WholeTick], None]:
    """Whole ticks from a position on, as many at a time as there are, for ever. Never an empty list.

    Survives brokers that go away. Close it (``aclosing``) to leave. An offset that Kafka does not have is tried for some
    seconds, since a broker that was killed may find the end of its log only after it answers.

    Raises:
        BrokenLogError: what follows is not the continuation of what was seen.
    """
    backoff = FIRST_BACKOFF_SECONDS
    while True:
        assembler = WholeTicks(seen=seen, position=position)
        try:
            async with consumer_of(bootstrap) as consumer, aclosing(_read(consumer, assembler)) as batches:
                async for batch in batches:
                    backoff = FIRST_BACKOFF_SECONDS
                    yield batch
        except (KafkaError, OSError, TimeoutError) as fault:
            if isinstance(fault, OffsetOutOfRangeError) and backoff >= LONGEST_BACKOFF_SECONDS:
                raise BrokenLogError(
                    f"Kafka does not have the offsets {assembler.position}: the log was shortened or made again. "
                    "Restore it, or begin with an empty database."
                ) from fault
            log.warning("kafka_away", fault=repr(fault), retry_in_seconds=backoff, **assembler.position._asdict())
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)
        seen, position = assembler.seen, assembler.position


async def follow(bootstrap: str, *, seen: Seen | None, position: Position) -> AsyncGenerator[WholeTick, None]:
    """``follow_batches``, one tick at a time."""
    async with aclosing(follow_batches(bootstrap, seen=seen, position=position)) as batches:
        async for batch in batches:
            for tick in batch:
                yield tick


async def follow_newest(bootstrap: str) -> AsyncGenerator[list[WholeTick], None]:
    """``follow_batches`` from the newest tick on, that tick included. On an empty log, from the first tick there will be."""
    position = await newest_position(bootstrap)
    async with aclosing(follow_batches(bootstrap, seen=None, position=position)) as batches:
        async for batch in batches:
            yield batch


async def newest_position(bootstrap: str) -> Position:
    """The position of the newest whole tick. Waits as long as Kafka is away."""
    backoff = FIRST_BACKOFF_SECONDS
    while True:
        try:
            async with consumer_of(bootstrap) as consumer:
                return await _find_newest(consumer)
        except (KafkaError, OSError, TimeoutError) as fault:
            log.warning("kafka_away", fault=repr(fault), retry_in_seconds=backoff)
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)


@asynccontextmanager
async def consumer_of(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of both topics that sees only what is committed, and never jumps to an offset by itself."""
    async with AsyncExitStack() as stack:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="none",
            enable_auto_commit=False,
            group_id=None,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            retry_backoff_ms=100,
            metadata_max_age_ms=30_000,
        )
        stack.push_async_callback(consumer.stop)
        await connect(consumer)
        consumer.assign([TICKS, EVENTS])
        yield consumer


async def _read(consumer: AIOKafkaConsumer, assembler: WholeTicks) -> AsyncGenerator[list[WholeTick], None]:
    consumer.seek(TICKS, assembler.position.ticks)
    consumer.seek(EVENTS, assembler.position.events)
    while True:
        records = await consumer.getmany(timeout_ms=POLL_MS, max_records=MOST_RECORDS)
        for record in records.get(TICKS, ()):
            assembler.add_tick(offset=record.offset, value=record.value, stated_hash=_hash_of(record))
        for record in records.get(EVENTS, ()):
            assembler.add_event(offset=record.offset, value=record.value)
        batch = list(iter(assembler.take, None))
        _hold_back(consumer, assembler)
        if batch:
            yield batch


def _hash_of(record: ConsumerRecord) -> bytes | None:
    return next((value for name, value in record.headers if name == HASH_HEADER), None)


def _hold_back(consumer: AIOKafkaConsumer, assembler: WholeTicks) -> None:
    """Bound the memory: pause the topic that ran ahead. Never both, since only events complete a waiting tick."""
    paused: set[TopicPartition] = set()
    if assembler.waiting_ticks > MOST_WAITING_TICKS:
        paused.add(TICKS)
    if assembler.waiting_ticks == 0 and assembler.waiting_events > MOST_WAITING_EVENTS:
        paused.add(EVENTS)
    for partition in (TICKS, EVENTS):
        if partition in paused and partition not in consumer.paused():
            consumer.pause(partition)
        elif partition not in paused and partition in consumer.paused():
            consumer.resume(partition)


async def _find_newest(consumer: AIOKafkaConsumer) -> Position:
    begins = await consumer.beginning_offsets([TICKS, EVENTS])
    ends = await consumer.end_offsets([TICKS, EVENTS])
    for partition in (TICKS, EVENTS):  # a partition without a position would fail the consumer
        consumer.seek(partition, ends[partition])
    record = await _last_record(consumer, begin=begins[TICKS], end=ends[TICKS])
    if record is None:
        return Position(begins[TICKS], begins[EVENTS])
    tick = decode_tick(record.value)
    events = await _first_event_position(consumer, tick, begin=begins[EVENTS])
    return Position(record.offset, events)


async def _last_record(consumer: AIOKafkaConsumer, *, begin: int, end: int) -> ConsumerRecord | None:
    """The last committed tick before ``end``. Offsets are also taken by transaction markers and by what was aborted."""
    back = FIRST_LOOK_BACK
    while end > begin:
        start = max(begin, end - back)
        records = await _records_between(consumer, TICKS, start=start, end=end)
        if records:
            return records[-1]
        if start == begin:
            return None
        back *= 8
    return None


async def _first_event_position(consumer: AIOKafkaConsumer, tick: Tick, *, begin: int) -> int:
    """An offset of trade.events from which every event of the tick follows, and few older ones."""
    end: int = (await consumer.end_offsets([EVENTS]))[EVENTS]
    back = tick.events + FIRST_LOOK_BACK
    while True:
        start = max(begin, end - back)
        first = await _first_record(consumer, EVENTS, start=start, end=end)
        if start == begin or (first is not None and _begins_before(first, tick)):
            return start
        back *= 8


def _begins_before(record: ConsumerRecord, tick: Tick) -> bool:
    event = decode_trade_event(record.value)
    return (event.tick, event.index) <= (tick.tick, 0)


async def _first_record(
    consumer: AIOKafkaConsumer, partition: TopicPartition, *, start: int, end: int
) -> ConsumerRecord | None:
    records = await _records_between(consumer, partition, start=start, end=end, most=1)
    return records[0] if records else None


async def _records_between(
    consumer: AIOKafkaConsumer, partition: TopicPartition, *, start: int, end: int, most: int | None = None
) -> list[ConsumerRecord]:
    """The committed records of a partition in a range of offsets, all of it read."""
    found: list[ConsumerRecord] = []
    consumer.seek(partition, start)
    while await consumer.position(partition) < end and (most is None or len(found) < most):
        records = await consumer.getmany(partition, timeout_ms=POLL_MS, max_records=most)
        found.extend(record for record in records.get(partition, ()) if record.offset < end)
    return found
