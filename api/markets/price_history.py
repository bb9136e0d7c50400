"""Prices for a chart: of each span of time the last tick's, read from what is there for that long."""

from typing import Any, Final, NamedTuple

from psycopg import AsyncConnection

from api.amounts import instant
from api.markets.models import PriceHistory, PricePoint
from schemas.biomes import Biome
from schemas.units import Millis, ceil_div, format_amount
from streams.history.core.candles import Width

MOST_POINTS: Final = 300
"""What a chart can show."""
LONGEST_HOURS: Final = 168
HOURS_OF_TICKS: Final = 4
"""Up to here a span is shorter than a minute, so it is read from ticks; above, from candles, which are kept for ever."""
HOURS_OF_MINUTES: Final = 24
"""Up to here from the candles of a minute, above from those of five."""
HOUR_MS: Final[Millis] = 3_600_000

# One point, the last one, of each span. Each is found by an index, and only the partitions of these hours are looked at.
POINTS_OF_TICKS = """
SELECT p.closed_at_ms, p.tick, p.price
FROM generate_series(%(since)s::bigint / %(span)s::bigint, %(until)s::bigint / %(span)s::bigint) AS spans (number)
CROSS JOIN LATERAL (
    SELECT tick FROM ticks
    WHERE tick >= %(first_tick)s
        AND closed_at_ms >= greatest(spans.number * %(span)s::bigint, %(since)s)
        AND closed_at_ms < (spans.number + 1) * %(span)s::bigint
    ORDER BY closed_at_ms DESC, tick DESC LIMIT 1
) AS last
JOIN prices AS p ON p.biome = %(biome)s AND p.tick = last.tick AND p.tick >= %(first_tick)s
ORDER BY p.tick
"""
# A span is a whole number of candles, so that the last point of its last candle is the span's.
POINTS_OF_CANDLES = """
SELECT DISTINCT ON (starts_at_ms / %(span)s) last_closed_at_ms, last_tick, close FROM candles
WHERE biome = %(biome)s AND width = %(width)s
    AND starts_at_ms >= %(since)s - %(span)s AND last_closed_at_ms >= %(since)s
ORDER BY starts_at_ms / %(span)s, starts_at_ms DESC
"""
_NEWEST = "SELECT tick, closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1"
_FIRST_TICK = """
SELECT first_tick FROM candles WHERE biome = %(biome)s AND width = '1m' AND starts_at_ms <= %(since)s
ORDER BY starts_at_ms DESC LIMIT 1
"""


class Prices(NamedTuple):
    """A chart as of a tick."""

    tick: int
    document: PriceHistory


async def read_prices(connection: AsyncConnection[Any], biome: Biome, *, hours: int) -> Prices | None:
    """The prices of the last hours of log time; None before the first tick. Call it within ``one_snapshot``."""
    newest = await (await connection.execute(_NEWEST)).fetchone()
    if newest is None:
        return None
    tick, until = newest
    query, asked = chart_query(biome, until=until, hours=hours)
    if query is POINTS_OF_TICKS:
        first = await (await connection.execute(_FIRST_TICK, asked)).fetchone()
        asked["first_tick"] = 0 if first is None else first[0]
    rows = await (await connection.execute(query, asked)).fetchall()
    points = [PricePoint(at=instant(at), tick=of_tick, price_bdt=format_amount(price)) for at, of_tick, price in rows]
    return Prices(tick, PriceHistory(biome=biome, hours=hours, points=points))


def chart_query(biome: Biome, *, until: Millis, hours: int) -> tuple[str, dict[str, Any]]:
    """Where the points of so many hours come from, and what to ask."""
    length = hours * HOUR_MS
    asked: dict[str, Any] = {"biome": biome.value, "since": until - length, "until": until}
    if hours <= HOURS_OF_TICKS:
        return POINTS_OF_TICKS, asked | {"span": length // MOST_POINTS}
    width = Width.MINUTE if hours <= HOURS_OF_MINUTES else Width.FIVE_MINUTES
    span = ceil_div(length, MOST_POINTS * width.ms) * width.ms
    return POINTS_OF_CANDLES, asked | {"span": span, "width": width.value}
