"""Candles from history's rows."""

from typing import Any, Final, NamedTuple

from psycopg import AsyncConnection

from api.amounts import instant
from api.candles.models import Candle, Candles
from schemas.biomes import Biome
from schemas.units import Millis, format_amount
from streams.history.core.candles import Width

_NEWEST: Final = "SELECT tick, closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1"
_CANDLES: Final = """
SELECT starts_at_ms, first_tick, last_tick, open, high, low, close, attention, volume, share_volume, trades
FROM candles WHERE biome = %s AND width = %s AND starts_at_ms < %s ORDER BY starts_at_ms DESC LIMIT %s
"""
AFTER_ALL: Final[Millis] = 2**62


class Asked(NamedTuple):
    """Which candles: the newest so many, or those before a moment."""

    biome: Biome
    width: Width
    limit: int
    before: Millis | None


async def read_candles(connection: AsyncConnection[Any], asked: Asked) -> Candles | None:
    """The candles; None before the first tick. Call it within ``one_snapshot``."""
    newest = await (await connection.execute(_NEWEST)).fetchone()
    if newest is None:
        return None
    tick, closed_at = newest
    before = AFTER_ALL if asked.before is None else asked.before
    cursor = await connection.execute(_CANDLES, (asked.biome.value, asked.width.value, before, asked.limit + 1))
    rows = await cursor.fetchall()
    page = rows[: asked.limit]
    return Candles(
        tick=tick,
        biome=asked.biome,
        interval=asked.width,
        candles=[_candle(row, complete=row[0] + asked.width.ms <= closed_at) for row in reversed(page)],
        next=instant(page[-1][0]) if len(rows) > asked.limit else None,
    )


def _candle(row: tuple[Any, ...], *, complete: bool) -> Candle:
    starts_at, first_tick, last_tick, opened, high, low, close, attention, volume, share_volume, trades = row
    return Candle(
        at=instant(starts_at),
        first_tick=first_tick,
        last_tick=last_tick,
        open_bdt=format_amount(opened),
        high_bdt=format_amount(high),
        low_bdt=format_amount(low),
        close_bdt=format_amount(close),
        attention=attention,
        volume_bdt=format_amount(int(volume)),
        volume_shares=format_amount(int(share_volume)),
        trades=trades,
        complete=complete,
    )
