"""Raw ticks and prices are kept for 48 hours of log time, in partitions by tick: an old one is dropped whole.

Deleting rows instead would leave their space to be cleaned up, all day long, behind the tables that are read most.
"""

from typing import Any, Final

import structlog
from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg.errors import LockNotAvailable

from schemas.units import Millis

PARTITIONED: Final = ("ticks", "prices")
TICKS_A_PARTITION: Final = 14_400
"""Two hours at the usual pace: some 25 partitions, few enough for a plan that has to look at each. The migration that made
the tables has the same number."""
KEPT_MS: Final[Millis] = 48 * 3_600_000
LOCK_TIMEOUT: Final = "200ms"
"""Longest that a drop waits for readers, and that new readers wait behind it. A drop that does not get its turn comes again."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def make_room(cursor: AsyncCursor[Any], *, first: int, last: int) -> None:
    """Make the partitions that these ticks need. Call it within the transaction that writes them."""
    for number in range(first // TICKS_A_PARTITION, last // TICKS_A_PARTITION + 1):
        for table in PARTITIONED:
            await cursor.execute("SELECT to_regclass(%s)", (_name(table, number),))
            there = await cursor.fetchone()
            assert there is not None
            if there[0] is None:
                await _make(cursor, table, number)


async def drop_expired(connection: AsyncConnection[Any]) -> None:
    """Drop the partitions of which the newest tick was closed 48 hours before the newest of all. Never the last partition."""
    for number in await _expired(connection):
        try:
            async with connection.transaction():
                await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT))
                for table in PARTITIONED:
                    name = sql.Identifier(_name(table, number))
                    await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        except LockNotAvailable:
            log.info("partition_is_read", partition=number)
            return
        log.info("partition_dropped", partition=number, last_tick=(number + 1) * TICKS_A_PARTITION - 1)


async def _make(cursor: AsyncCursor[Any], table: str, number: int) -> None:
    """Beside the table and then attached to it: CREATE … PARTITION OF would lock out the readers."""
    names = {"table": sql.Identifier(table), "partition": sql.Identifier(_name(table, number))}
    await cursor.execute(sql.SQL("CREATE TABLE {partition} (LIKE {table} INCLUDING ALL)").format(**names))
    begin, end = sql.Literal(number * TICKS_A_PARTITION), sql.Literal((number + 1) * TICKS_A_PARTITION)
    attach = sql.SQL("ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({begin}) TO ({end})")
    await cursor.execute(attach.format(**names, begin=begin, end=end))


async def _expired(connection: AsyncConnection[Any]) -> list[int]:
    """Numbers of partitions, the oldest first. Of each only its last tick is looked at: time does not step back."""
    cursor = await connection.execute(
        "SELECT min(tick) / %(size)s, max(tick) / %(size)s, max(closed_at_ms) - %(kept)s FROM"
        " ((SELECT tick, closed_at_ms FROM ticks ORDER BY tick LIMIT 1)"
        " UNION ALL (SELECT tick, closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1)) AS ends",
        {"size": TICKS_A_PARTITION, "kept": KEPT_MS},
    )
    row = await cursor.fetchone()
    assert row is not None
    oldest, newest, kept_from = row
    if oldest is None:
        return []
    last_ticks = [(number + 1) * TICKS_A_PARTITION - 1 for number in range(oldest, newest)]
    cursor = await connection.execute(
        "SELECT tick FROM ticks WHERE tick = ANY(%s) AND closed_at_ms < %s ORDER BY tick", (last_ticks, kept_from)
    )
    return [tick // TICKS_A_PARTITION for (tick,) in await cursor.fetchall()]


def _name(table: str, number: int) -> str:
    return f"{table}_p{number}"
