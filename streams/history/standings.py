"""The leaderboard as of one tick: every account's net worth and gain with its place, made again every few seconds.

One statement sees one moment of the projection, so all of it is exact as of one tick, by the formula of the portfolio: cash,
and of each holding what the market's cash is to its shares, rounded down. It is computed by PostgreSQL and stays there,
since a hundred thousand rows every few seconds would stop any process of ours.
"""

import asyncio
import time
from typing import Any, Final

import structlog
from psycopg import AsyncConnection, OperationalError, sql

from schemas.environment import Environment

EVERY_SECONDS: Final = 4.0
"""From the beginning of one to that of the next. What is shown is to be ten seconds old at most."""
SHORTEST_PAUSE_SECONDS: Final = 1.0
WORK_MEMORY: Final = "64MB"
"""A hundred thousand accounts are sorted in it; with PostgreSQL's own 4 MB they go through files."""
RETRY_SECONDS: Final = 1.0
CONNECT_TIMEOUT_SECONDS: Final = 5
LONG_SECONDS: Final = 4.5
"""Standings that take longer are older than ten seconds before the next ones are there: that is worth a warning."""
STANDINGS_LOCK: Final = 0x7374616E64
"""Advisory lock ("stand" in hex): of several histories one makes the standings."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_SLOTS = """
SELECT pg_try_advisory_xact_lock(%s), (SELECT 1 - slot FROM standings_as_of),
    coalesce((SELECT tick FROM standings_as_of), 0) < coalesce((SELECT max(tick) FROM ticks), 0)
"""
_RANK = """
WITH newest AS MATERIALIZED (SELECT tick, closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1),
markets AS MATERIALIZED (SELECT biome, cash, shares FROM prices WHERE tick = (SELECT tick FROM newest)),
held AS (
    SELECT player, sum(div(holdings.shares::numeric * markets.cash, markets.shares))::bigint AS value
    FROM holdings JOIN markets USING (biome) WHERE holdings.shares > 0 GROUP BY player
),
worth AS (
    SELECT player, cash + coalesce(value, 0) AS net_worth, realized_gain FROM accounts LEFT JOIN held USING (player)
),
ranked AS (
    INSERT INTO {slot} (player, net_worth, realized_gain, net_worth_place, net_worth_rank, realized_gain_place,
        realized_gain_rank)
    SELECT player, net_worth, realized_gain,
        row_number() OVER (ORDER BY net_worth DESC, player), rank() OVER (ORDER BY net_worth DESC),
        row_number() OVER (ORDER BY realized_gain DESC, player), rank() OVER (ORDER BY realized_gain DESC)
    FROM worth
    RETURNING player
)
INSERT INTO standings_as_of (slot, tick, closed_at_ms, players)
SELECT {number}, tick, closed_at_ms, (SELECT count(*) FROM ranked) FROM newest
ON CONFLICT (only_one) DO UPDATE SET slot = excluded.slot, tick = excluded.tick,
    closed_at_ms = excluded.closed_at_ms, players = excluded.players
"""


async def keep_standings(environment: Environment) -> None:
    """Make them again and again, until cancelled, through restarts of PostgreSQL."""
    while True:
        try:
            async with await AsyncConnection.connect(
                environment.database_url.get_secret_value(),
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                application_name="biome standings",
            ) as connection:
                while True:
                    seconds = await _make_timed(connection)
                    await asyncio.sleep(max(SHORTEST_PAUSE_SECONDS, EVERY_SECONDS - seconds))
        except OperationalError as fault:
            log.warning("standings_wait", fault=str(fault).strip(), retry_in_seconds=RETRY_SECONDS)
            await asyncio.sleep(RETRY_SECONDS)


async def make_standings(connection: AsyncConnection[Any]) -> bool:
    """Make them once. False when there is nothing new, or another history makes them."""
    async with connection.transaction():
        row = await (await connection.execute(_SLOTS, (STANDINGS_LOCK,))).fetchone()
        assert row is not None
        is_ours, free_slot, has_new_tick = row
        if not (is_ours and has_new_tick):
            return False
        number = free_slot or 0
        slot = sql.Identifier(f"standings_{number}")
        await connection.execute(sql.SQL("SET LOCAL work_mem = {}").format(WORK_MEMORY))
        # Nobody reads this slot: it was replaced a whole period ago.
        await connection.execute(sql.SQL("TRUNCATE {}").format(slot))
        await connection.execute(sql.SQL(_RANK).format(slot=slot, number=sql.Literal(number)))
    return True


async def _make_timed(connection: AsyncConnection[Any]) -> float:
    began = time.monotonic()
    made = await make_standings(connection)
    seconds = time.monotonic() - began
    if seconds > LONG_SECONDS:
        log.warning("standings_take_long", seconds=round(seconds, 1))
    else:
        log.debug("standings_made", made=made, seconds=round(seconds, 3))
    return seconds
