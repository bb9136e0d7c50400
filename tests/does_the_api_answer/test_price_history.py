"""The points of a chart: the same as thinning every row would give, at the cost of a few rows."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from api.markets.price_history import (
    HOUR_MS,
    HOURS_OF_TICKS,
    LONGEST_HOURS,
    MOST_POINTS,
    POINTS_OF_TICKS,
    chart_query,
)
from schemas.biomes import Biome
from schemas.units import Millis
from streams.history.core.candles import Width
from streams.history.migration import migrate
from streams.history.partitions import PARTITIONED, TICKS_A_PARTITION

TICKS = 30_000
EVERY_MS = LONGEST_HOURS * HOUR_MS // TICKS
BEGAN_MS = 1_700_000_000_123
NEWEST_MS = BEGAN_MS + (TICKS - 1) * EVERY_MS
MOST_ROWS_A_POINT = 4
"""A span, its tick and its price, and one to spare."""
CANDLES_OF_A_WEEK = 7 * 24 * 12

# The definition, by reading every row: of each span the last point. A pause of the market leaves its spans out.
THINNED = """
SELECT DISTINCT ON (closed_at_ms / %(span)s) closed_at_ms, tick, price FROM prices
WHERE biome = %(biome)s AND closed_at_ms >= %(since)s ORDER BY closed_at_ms / %(span)s, tick DESC
"""
CANDLES = """
INSERT INTO candles
SELECT biome, %(width)s, closed_at_ms - closed_at_ms %% %(ms)s AS starts_at_ms, min(tick), max(tick), max(closed_at_ms),
    (array_agg(price ORDER BY tick))[1], max(price), min(price), (array_agg(price ORDER BY tick DESC))[1], 0, 0, 0, 0
FROM prices GROUP BY biome, starts_at_ms
"""


@pytest.fixture(scope="module")
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A database with a week of ticks of two biomes, and a day without any in it."""
    migrate(database)
    with psycopg.connect(database, autocommit=True) as connection:
        for table in PARTITIONED:
            for number in range(TICKS // TICKS_A_PARTITION + 1):
                bounds = (number * TICKS_A_PARTITION, (number + 1) * TICKS_A_PARTITION)
                connection.execute(
                    sql.SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})").format(
                        sql.Identifier(f"{table}_p{number}"), sql.Identifier(table), *bounds
                    )
                )
        pause = (TICKS // 2, TICKS // 2 + 24 * HOUR_MS // EVERY_MS)
        connection.execute(
            "INSERT INTO ticks SELECT n + 1, %s::bigint + n::bigint * %s::bigint, '', ''"
            " FROM generate_series(0, %s::int - 1) AS n WHERE n NOT BETWEEN %s AND %s",
            (BEGAN_MS, EVERY_MS, TICKS, *pause),
        )
        connection.execute(
            "INSERT INTO prices SELECT biome, tick, closed_at_ms, mod(tick * 7, 1000) + 1, 1, 1, 0"
            " FROM ticks CROSS JOIN (VALUES ('snow'), ('ocean')) AS biomes (biome)"
        )
        for width in Width:
            connection.execute(CANDLES, {"width": width.value, "ms": width.ms})
        connection.execute("ANALYZE")
        yield connection


def asked(hours: int, *, until: Millis = NEWEST_MS) -> tuple[str, dict[str, Any]]:
    query, parameters = chart_query(Biome.SNOW, until=until, hours=hours)
    return query, parameters | {"first_tick": (parameters["since"] - BEGAN_MS) // EVERY_MS - 1}


@pytest.mark.parametrize("hours", [1, HOURS_OF_TICKS, HOURS_OF_TICKS + 1, 24, 25, 100, LONGEST_HOURS])
def test_a_chart_shows_the_last_point_of_each_span(connection: psycopg.Connection[Any], hours: int) -> None:
    query, parameters = asked(hours)
    points = connection.execute(query, parameters).fetchall()
    assert points == connection.execute(THINNED, parameters).fetchall()
    assert points[-1][0] == NEWEST_MS
    assert len(points) <= MOST_POINTS + 1


@pytest.mark.parametrize("hours", [1, HOURS_OF_TICKS])
def test_hours_are_read_without_reading_every_tick_of_them(connection: psycopg.Connection[Any], hours: int) -> None:
    query, parameters = asked(hours)
    assert query is POINTS_OF_TICKS
    assert rows_read(plan_of(connection, query, parameters)) <= MOST_ROWS_A_POINT * (MOST_POINTS + 1)


def test_only_the_partitions_of_these_hours_are_read(connection: psycopg.Connection[Any]) -> None:
    newest, oldest = f"ticks_p{TICKS // TICKS_A_PARTITION}", "ticks_p0"
    plan = json.dumps(plan_of(connection, *asked(1)))
    assert newest in plan
    assert oldest not in plan


def test_a_week_is_read_from_its_candles(connection: psycopg.Connection[Any]) -> None:
    assert rows_read(plan_of(connection, *asked(LONGEST_HOURS))) <= CANDLES_OF_A_WEEK + MOST_POINTS


def plan_of(connection: psycopg.Connection[Any], query: str, parameters: dict[str, Any]) -> dict[str, Any]:
    row = connection.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query, parameters).fetchone()
    assert row is not None
    plans = row[0] if isinstance(row[0], list) else json.loads(row[0])
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def rows_read(node: dict[str, Any]) -> float:
    """What the leaves of a plan read, the rows that a filter dropped included."""
    children = node.get("Plans", [])
    if children:
        return sum(rows_read(child) for child in children)
    each: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    loops: float = node["Actual Loops"]
    return each * loops
