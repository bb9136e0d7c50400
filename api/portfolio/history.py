"""Net worth over time, from what history keeps for ever: the candles, and the player's orders.

An account of the past is not kept, but all that changed it is: so it is walked back from the account of the newest tick. The
sums of fills are made by PostgreSQL, one a point and biome, so that what is read here does not grow with how much was traded.
"""

from collections import defaultdict
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from api.amounts import instant
from api.portfolio.models import PortfolioHistory, WorthPoint
from api.portfolio.net_worth import Change, Close, Worth, walk_back
from api.portfolio.reading import AccountRead, AccountRow
from schemas.biomes import BIOMES, Biome
from schemas.units import Millis, PriceMicro, ceil_div, format_amount
from streams.history.core.candles import Width

MOST_POINTS: Final = 200
"""What a chart of one's own account can show; the opening and the present may be two more."""
LONGEST_HOURS: Final = 168
HOURS_OF_MINUTES: Final = 6
"""Up to here from the candles of a minute."""
HOURS_OF_FIVE_MINUTES: Final = 48
"""Up to here from the candles of five minutes, above from those of an hour."""
HOUR_MS: Final[Millis] = 3_600_000

# A span is a whole number of candles, so that the last point of its last candle is the span's.
_CLOSES: Final = """
SELECT DISTINCT ON (biome, starts_at_ms / %(span)s) last_tick, last_closed_at_ms, biome, close FROM candles
WHERE biome = ANY(%(biomes)s) AND width = %(width)s
    AND starts_at_ms >= %(since)s - %(span)s AND last_closed_at_ms >= %(since)s
ORDER BY biome, starts_at_ms / %(span)s, starts_at_ms DESC
"""
# While its tick is kept: it is the one point that is no candle's.
_OPENING: Final = """
SELECT tick, closed_at_ms, biome, price FROM prices
WHERE biome = ANY(%(biomes)s) AND tick = %(opened)s AND closed_at_ms >= %(since)s
"""
# All fills between two points as one: `starts` are the ticks that follow the points.
FILLS: Final = """
SELECT max(tick), sum(CASE WHEN kind = 'sell_shares' THEN cash ELSE -cash END - fee), biome,
    sum(CASE WHEN kind = 'sell_shares' THEN -shares ELSE shares END)
FROM orders WHERE player = %(player)s AND status = 'filled' AND tick >= %(first)s
GROUP BY biome, width_bucket(tick, %(starts)s::bigint[])
"""
_GRANTS: Final = """
SELECT tick, (convert_from(message, 'UTF8')::jsonb ->> 'amount')::bigint
FROM commands JOIN command_requests USING (command_id)
WHERE tick >= %(first)s AND command = 'grant_cash' AND applied AND player = %(player)s
"""
_CLOSED_AT: Final = "SELECT closed_at_ms FROM ticks WHERE tick = %s"
_OPENED_AT: Final = "SELECT coalesce(opened_at_tick, 0) FROM users WHERE id = %s"
_BIOMES: Final = [biome.value for biome in BIOMES]


class Spans(NamedTuple):
    """How far apart points are, and which candles they come from."""

    width: Width
    ms: Millis


def spans_of(hours: int) -> Spans:
    """So that there are ``MOST_POINTS`` at most, and the one that has begun."""
    if hours <= HOURS_OF_MINUTES:
        width = Width.MINUTE
    elif hours <= HOURS_OF_FIVE_MINUTES:
        width = Width.FIVE_MINUTES
    else:
        width = Width.HOUR
    return Spans(width, ceil_div(hours * HOUR_MS, MOST_POINTS * width.ms) * width.ms)


async def read_history(
    connection: AsyncConnection[Any], player: str, *, read: AccountRead, account: AccountRow, hours: int
) -> PortfolioHistory:
    """The account's net worth over the last hours of log time. Call it within the snapshot in which ``read`` was made."""
    row = await (await connection.execute(_CLOSED_AT, (read.tick,))).fetchone()
    assert row is not None, "an account is projected with its tick"
    closed_at: Millis = row[0]
    value = sum(holding.value for holding in read.holdings)
    worths = await _worths_before(connection, player, read=read, account=account, hours=hours, until=closed_at)
    worths.append(Worth(read.tick, closed_at, account.cash, account.cash + value))
    return PortfolioHistory(tick=read.tick, hours=hours, points=[_point(worth) for worth in worths])


async def _worths_before(
    connection: AsyncConnection[Any],
    player: str,
    *,
    read: AccountRead,
    account: AccountRow,
    hours: int,
    until: Millis,
) -> list[Worth]:
    """All points but the present one."""
    opened = await _opened_at(connection, player)
    closes = await _closes(connection, hours=hours, until=until, opened=opened)
    before = [close for close in closes if opened <= close.tick < read.tick]
    if not before:
        return []
    asked = {"player": player, "first": before[0].tick + 1, "starts": [close.tick + 1 for close in before]}
    return walk_back(
        cash=account.cash,
        shares={holding.biome: holding.shares for holding in read.holdings},
        changes=await _changes(connection, asked),
        closes=before,
    )


async def _opened_at(connection: AsyncConnection[Any], player: str) -> int:
    row = await (await connection.execute(_OPENED_AT, (UUID(player),))).fetchone()
    return 0 if row is None else row[0]


async def _closes(connection: AsyncConnection[Any], *, hours: int, until: Millis, opened: int) -> list[Close]:
    """The prices of each point, oldest first: every tick has all biomes, so the candles of all end in the same ones."""
    spans = spans_of(hours)
    asked = {
        "biomes": _BIOMES,
        "width": spans.width.value,
        "span": spans.ms,
        "since": until - hours * HOUR_MS,
        "opened": opened,
    }
    closes: defaultdict[tuple[int, Millis], dict[Biome, PriceMicro]] = defaultdict(dict)
    for query in (_CLOSES, _OPENING):
        for tick, closed_at, biome, price in await (await connection.execute(query, asked)).fetchall():
            closes[tick, closed_at][Biome(biome)] = price
    return [Close(*which, closes[which]) for which in sorted(closes)]


async def _changes(connection: AsyncConnection[Any], asked: dict[str, Any]) -> list[Change]:
    fills = await (await connection.execute(FILLS, asked)).fetchall()
    grants = await (await connection.execute(_GRANTS, asked)).fetchall()
    return [
        *(Change(tick, int(cash), Biome(biome), int(shares)) for tick, cash, biome, shares in fills),
        *(Change(tick, cash) for tick, cash in grants),
    ]


def _point(worth: Worth) -> WorthPoint:
    return WorthPoint(
        at=instant(worth.closed_at),
        tick=worth.tick,
        net_worth_bdt=format_amount(worth.net_worth),
        cash_bdt=format_amount(worth.cash),
    )
