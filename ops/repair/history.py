"""`biome repair history`: empties what history projects, all at once, so that history projects the log again from its
beginning. What only PostgreSQL has stays: users, keys, roles, and the orders and commands that the API took.
"""

import asyncio
import sys
from typing import Final

import psycopg
from aiokafka.errors import KafkaError
from psycopg import sql

from ops.audit.database import newest_tick
from ops.audit.logs import LogReader
from ops.audit.state import EVENTS, TICKS
from ops.repair.rewriting import NotRepairableError
from schemas.environment import Environment

PROJECTED: Final = (
    "ticks",  # first: who reads several tables begins with it, and is waited for then
    "prices",
    "candles",
    "orders",
    "accounts",
    "holdings",
    "commands",
    "standings_0",
    "standings_1",
    "standings_as_of",
)


def repair_history(environment: Environment) -> int:
    """Empty what history projects; returns the exit status."""
    try:
        tick = asyncio.run(_repair(environment))
    except NotRepairableError as reason:
        print(f"[WRONG] {reason}")
        return 1
    except (KafkaError, TimeoutError, psycopg.Error, OSError) as away:
        print(f"It needs a running Kafka and PostgreSQL: {away}", file=sys.stderr)
        return 2
    print(
        f"[REPAIRED] PostgreSQL: the {len(PROJECTED)} tables that history projects are empty. Through tick {tick} it projects them "
        "again, as soon as it runs; until then pages show what was before. `biome status` shows how far it is."
    )
    return 0


async def _repair(environment: Environment) -> int:
    await _refuse_a_log_without_its_beginning(environment.kafka_bootstrap)
    async with await psycopg.AsyncConnection.connect(environment.database_url.get_secret_value()) as connection:
        tick = await newest_tick(connection)
        await connection.rollback()
        # First the offsets, in history's order: a history that runs advances them by compare-and-set, and so writes nothing
        # that belongs to the rows of before.
        await connection.execute("SELECT topic FROM projection_offsets ORDER BY topic FOR UPDATE")
        await connection.execute("UPDATE projection_offsets SET next_offset = 0")
        tables = sql.SQL(", ").join(map(sql.Identifier, PROJECTED))
        await connection.execute(sql.SQL("TRUNCATE {}").format(tables))
    return tick


async def _refuse_a_log_without_its_beginning(bootstrap: str) -> None:
    async with LogReader(bootstrap, {TICKS: 0, EVENTS: 0}, patient=False) as reader:
        for place in (TICKS, EVENTS):
            beginning = await reader.beginning_of(place)
            if beginning > 0:
                raise NotRepairableError(
                    f"{place.topic} begins at offset {beginning}, so history could not be projected again from it. Nothing was "
                    "changed: restore a backup of PostgreSQL, or the topic from its archive."
                )
