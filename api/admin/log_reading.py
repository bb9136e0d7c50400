"""The dead letters. They are read when asked for, by a consumer that ends with the request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from api.problems import kafka_is_silent
from schemas.decoding import decode_dead_letter
from schemas.messages.dead_letters import DeadLetter
from schemas.topics import DEAD_LETTERS
from streams.following.connecting import connect

READ_SECONDS = 8.0
POLL_MS = 500
MARKERS = 2
"""Offsets that a letter takes with its transaction's marker: what is looked back for one, at first."""
LETTERS = TopicPartition(DEAD_LETTERS.name, 0)


@asynccontextmanager
async def reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of committed messages, for one request.

    Raises:
        ProblemError: Kafka does not answer, or not in time.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="none",
        enable_auto_commit=False,
        group_id=None,
    )
    try:
        async with asyncio.timeout(READ_SECONDS):
            await connect(consumer)
            yield consumer
    except (KafkaError, OSError, TimeoutError):
        raise kafka_is_silent() from None
    finally:
        await consumer.stop()


async def newest_letters(bootstrap: str, *, before: int | None, limit: int) -> list[tuple[int, DeadLetter]]:
    """Dead letters with their offsets, newest first, before an offset. Fewer than ``limit``: there are no older ones.

    Raises:
        ProblemError: Kafka does not answer.
    """
    async with reader(bootstrap) as consumer:
        consumer.assign([LETTERS])
        begin = (await consumer.beginning_offsets([LETTERS]))[LETTERS]
        end = (await consumer.end_offsets([LETTERS]))[LETTERS]
        end = end if before is None else min(before, end)
        back = MARKERS * limit
        while True:
            start = max(begin, end - back)
            records = await _between(consumer, start=start, end=end)
            if len(records) >= limit or start == begin:
                return [(record.offset, decode_dead_letter(record.value)) for record in reversed(records[-limit:])]
            back *= 4


async def letter_at(bootstrap: str, offset: int) -> DeadLetter | None:
    """One dead letter; None when there is none at this offset.

    Raises:
        ProblemError: Kafka does not answer.
    """
    async with reader(bootstrap) as consumer:
        consumer.assign([LETTERS])
        begin = (await consumer.beginning_offsets([LETTERS]))[LETTERS]
        end = (await consumer.end_offsets([LETTERS]))[LETTERS]
        if not begin <= offset < end:
            return None
        records = await _between(consumer, start=offset, end=offset + 1)
    return decode_dead_letter(records[0].value) if records else None


async def _between(consumer: AIOKafkaConsumer, *, start: int, end: int) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    if start >= end:
        return found
    consumer.seek(LETTERS, start)
    while await consumer.position(LETTERS) < end:
        records = await consumer.getmany(LETTERS, timeout_ms=POLL_MS)
        found.extend(record for record in records.get(LETTERS, ()) if record.offset < end)
    return found
