"""The points of a chart: the same as thinning every row would give, at the cost of a few rows."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from api.markets.routes import HOUR_MS, LONGEST_HOURS, MOST_POINTS, POINTS
from streams.history.migration import migrate

TICKS = 30_000
EVERY_MS = LONGEST_HOURS * HOUR_MS // TICKS
BEGAN_MS = 1_700_000_000_123
NEWEST_MS = BEGAN_MS + (TICKS - 1) * EVERY_MS
MOST_ROWS_A_POINT = 4
"""A span, its tick and its price, and one to spare."""

# The definition, by reading every row: of each span the last point. A pause of the market leaves its spans out.
THINNED = """
SELECT DISTINCT ON (closed_at_ms / %(span)s) closed_at_ms, tick, price FROM prices
WHERE biome = %(biome)s AND closed_at_ms >= %(since)s ORDER BY closed_at_ms / %(span)s, tick DESC
"""


@pytest.fixture(scope="module")
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A database with a week of ticks of two biomes, and a day without any in it."""
    migrate(database)
    with psycopg.connect(database, autocommit=True) as connection:
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
        connection.execute("ANALYZE")
        yield connection


def asked(hours: int) -> dict[str, Any]:
    length = hours * HOUR_MS
    return {"biome": "snow", "since": NEWEST_MS - length, "until": NEWEST_MS, "span": length // MOST_POINTS}


@pytest.mark.parametrize("hours", [1, 24, LONGEST_HOURS])
def test_a_chart_shows_the_last_point_of_each_span(connection: psycopg.Connection[Any], hours: int) -> None:
    points = connection.execute(POINTS, asked(hours)).fetchall()
    assert points == connection.execute(THINNED, asked(hours)).fetchall()
    assert points[-1][0] == NEWEST_MS
    assert len(points) <= MOST_POINTS + 1


def test_a_week_is_read_without_reading_every_tick_of_it(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + POINTS, asked(LONGEST_HOURS)).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    assert rows_read(plan[0]["Plan"]) <= MOST_ROWS_A_POINT * (MOST_POINTS + 1)


def rows_read(node: dict[str, Any]) -> float:
    """What the leaves of a plan read, the rows that a filter dropped included."""
    children = node.get("Plans", [])
    if children:
        return sum(rows_read(child) for child in children)
    each: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    loops: float = node["Actual Loops"]
    return each * loops
