"""Raw ticks are kept 48 hours: partitions come when they are needed and go when they are old."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import AsyncConnection

from streams.history.partitions import KEPT_MS, TICKS_A_PARTITION, drop_expired, make_room
from streams.history.projection import load_progress

BEGAN_MS = 1_700_000_000_000


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(empty_database, autocommit=True) as connection:
        yield connection


async def write(connection: AsyncConnection[Any], *, first: int, last: int, every_ms: int) -> None:
    """Ticks of a market that has closed one every so often since it began, and a price of one biome."""
    async with connection.transaction(), connection.cursor() as cursor:
        await make_room(cursor, first=first, last=last)
        await cursor.execute(
            "INSERT INTO ticks SELECT n, %s::bigint + n * %s::bigint, 'hash of ' || n, ''"
            " FROM generate_series(%s::bigint, %s) AS n",
            (BEGAN_MS, every_ms, first, last),
        )
        await cursor.execute(
            "INSERT INTO prices SELECT 'snow', tick, closed_at_ms, 1, 1, 1, 0 FROM ticks WHERE tick BETWEEN %s AND %s",
            (first, last),
        )


async def kept(connection: AsyncConnection[Any], table: str) -> tuple[int, int, int]:
    query = f"SELECT min(tick), max(tick), count(*) FROM {table}"
    row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


async def partitions(connection: AsyncConnection[Any]) -> int:
    row = await (
        await connection.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = 'ticks'::regclass")
    ).fetchone()
    assert row is not None
    return int(row[0])


async def test_what_is_older_than_48_hours_is_dropped_in_whole_partitions(connection: AsyncConnection[Any]) -> None:
    every_ms = KEPT_MS // TICKS_A_PARTITION  # so that a partition is 48 hours
    last = 4 * TICKS_A_PARTITION + 99
    await write(connection, first=1, last=last, every_ms=every_ms)
    assert await partitions(connection) == 5
    await drop_expired(connection)
    oldest = 3 * TICKS_A_PARTITION
    assert await kept(connection, "ticks") == (oldest, last, last - oldest + 1)
    assert await kept(connection, "prices") == (oldest, last, last - oldest + 1)
    newest_that_went = BEGAN_MS + (oldest - 1) * every_ms
    assert newest_that_went < BEGAN_MS + last * every_ms - KEPT_MS
    await drop_expired(connection)
    assert await partitions(connection) == 2


async def test_history_reads_on_after_the_newest_tick_whatever_was_dropped(connection: AsyncConnection[Any]) -> None:
    await write(connection, first=1, last=2 * TICKS_A_PARTITION, every_ms=KEPT_MS + 1)
    await drop_expired(connection)
    assert await partitions(connection) == 1
    assert (await load_progress(connection)).seen == (2 * TICKS_A_PARTITION, f"hash of {2 * TICKS_A_PARTITION}")


async def test_nothing_is_dropped_while_all_is_young_or_nothing_is_there(connection: AsyncConnection[Any]) -> None:
    await drop_expired(connection)
    last = TICKS_A_PARTITION + 1
    await write(connection, first=1, last=last, every_ms=500)
    await drop_expired(connection)
    assert await kept(connection, "ticks") == (1, last, last)


async def test_a_partition_that_is_being_read_is_dropped_later(
    connection: AsyncConnection[Any], empty_database: str
) -> None:
    await write(connection, first=1, last=2 * TICKS_A_PARTITION, every_ms=KEPT_MS + 1)
    async with await AsyncConnection.connect(empty_database) as reader:
        await reader.execute("SELECT count(*) FROM ticks")
        await drop_expired(connection)
        assert await partitions(connection) == 3
        await write(connection, first=2 * TICKS_A_PARTITION + 1, last=3 * TICKS_A_PARTITION, every_ms=KEPT_MS + 1)
        await reader.rollback()
    await drop_expired(connection)
    assert await kept(connection, "ticks") == (3 * TICKS_A_PARTITION, 3 * TICKS_A_PARTITION, 1)
