"""The rows of one shard as they should be, written to its changelog in fenced transactions of the shard's own."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition

from ops.audit.logs import LogReader, logs_of
from ops.audit.tables import Table, differing_keys, load_table, name_rows, place_name
from streams.durable.changelog import HIGH_WATER, HighWater, LastInput
from streams.durable.fold import Record
from streams.durable.kafka import ACK_LIMIT_SECONDS, Kafka
from streams.durable.rows import Rows
from streams.durable.shard import last_input


class NotRepairableError(Exception):
    """Why a table cannot be made again; the message is a sentence for an operator."""


class Rebuilt(NamedTuple):
    """What a table should hold."""

    rows: Mapping[bytes, bytes]
    next_offset: int
    """It stands for every input before this one."""


ATTEMPTS: Final = 10
"""The worker comes back every few seconds and takes the shard, until its rows are right: then it is tried again."""
RETRY_SECONDS: Final = 0.5
ROWS_AT_ONCE: Final = 5_000
"""Of one transaction: brokers end one that takes 20 s, and a whole table may be lost."""


@asynccontextmanager
async def ownership(bootstrap: str, table: TopicPartition) -> AsyncIterator[AIOKafkaProducer]:
    """The shard's own transactional producer: whoever owned the shard is fenced.

    Raises:
        KafkaError, TimeoutError: no broker answers.
    """
    producer = Kafka(bootstrap).shard_producer(f"{table.topic}-{table.partition}")
    try:
        async with asyncio.timeout(ACK_LIMIT_SECONDS):
            await producer.start()
        yield producer
    finally:
        await producer.stop()


def differences(table: Table, rebuilt: Rebuilt) -> list[str]:
    """What a table has that it should not have, as sentences; nothing when it is right."""
    rows = Rows(rebuilt.rows)
    keys = differing_keys(table.rows, rebuilt.rows)
    found = [f"{len(keys)} rows differ: {name_rows(keys)}"] if keys else []
    mark = table.high_water
    if mark is None or (mark.next_offset, mark.rows, mark.digest) != (rebuilt.next_offset, len(rows), rows.digest()):
        found.append("the high-water row is not that of these rows")
    return found


async def rewrite(
    producer: AIOKafkaProducer,
    place: TopicPartition,
    table: Table,
    rebuilt: Rebuilt,
    *,
    inputs: TopicPartition,
    bootstrap: str,
) -> None:
    """Write what differs, take away what should not be there, and write the high-water row, last of all. What was written when
    it is interrupted does not have the digest of any high-water row, so that the worker refuses it as before.

    Raises:
        ProducerFenced: a worker took the shard back before it was done.
        KafkaError, TimeoutError: no broker answers.
    """
    rows = Rows(rebuilt.rows)
    high_water = HighWater(
        next_offset=rebuilt.next_offset,
        rows=len(rows),
        digest=rows.digest(),
        topic_id=(await Kafka(bootstrap).topics(inputs.topic))[inputs.topic].id,
        last_input=await _last_input(bootstrap, inputs, rebuilt.next_offset),
    )
    changes = [(key, rebuilt.rows.get(key)) for key in differing_keys(table.rows, rebuilt.rows)]
    changes.append((HIGH_WATER, msgspec.json.encode(high_water)))
    for start in range(0, len(changes), ROWS_AT_ONCE):
        await _transact(producer, place, changes[start : start + ROWS_AT_ONCE])


async def _transact(
    producer: AIOKafkaProducer, place: TopicPartition, rows: Sequence[tuple[bytes, bytes | None]]
) -> None:
    async with asyncio.timeout(ACK_LIMIT_SECONDS):
        await producer.begin_transaction()
        sent = [await producer.send(place.topic, value, key, partition=place.partition) for key, value in rows]
        await asyncio.gather(*sent)  # each ack before the commit: aiokafka commits what is left of a transaction
        await producer.commit_transaction()


async def read_table(bootstrap: str, place: TopicPartition) -> Table:
    """A table as it is committed now."""
    async with LogReader(bootstrap, {place: 0}, patient=False) as reader:
        return await load_table(reader[place])


async def _last_input(bootstrap: str, inputs: TopicPartition, next_offset: int) -> LastInput | None:
    """The input before the next one, by which the worker will know its log; None when the log does not keep it."""
    async with logs_of(bootstrap, {inputs: max(0, next_offset - 1)}, patient=False) as logs:
        log = logs[inputs]
        if next_offset - 1 < await log.beginning() or await log.holds_nothing_before(next_offset):
            return None
        found = log.take()
    return last_input(Record(found.offset, found.timestamp, found.key, found.value))


def sentence(place: TopicPartition, what: str) -> str:
    """A finding about a table."""
    return f"{place_name(place)}: {what}"
