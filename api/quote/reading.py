"""What a quote is made from: the newest tick, and what history knows of the player, as of one moment."""

from typing import Any, NamedTuple

from psycopg import AsyncConnection

from api.portfolio.reading import AccountRead, read_account
from schemas.biomes import BIOME_INDEX, BIOMES, Biome
from schemas.decoding import decode_tick
from schemas.messages.market_ticks import Tick
from streams.market.core.quoting import Known

MINUTE_MS = 60_000
_LAST_BUY = """
SELECT max(tick) FROM orders
WHERE player = %s AND biome = %s AND status = 'filled' AND kind <> 'sell_shares' AND tick > %s
"""
# An order that was over the rate does not count against it.
_ORDERS_OF_A_MINUTE = """
SELECT ticks.closed_at_ms FROM orders JOIN ticks USING (tick)
WHERE player = %s AND tick > %s AND code IS DISTINCT FROM 'TOO_MANY_ORDERS'
"""


class Situation(NamedTuple):
    """The market and the player."""

    tick: Tick
    known: Known


async def read_situation(connection: AsyncConnection[Any], player: str, biome: Biome) -> Situation | None:
    """As of the newest tick of history; None while it has no account of the player. Call it within ``one_snapshot``."""
    read = await read_account(connection, player)
    if read.account is None:
        return None
    row = await (await connection.execute("SELECT body FROM ticks WHERE tick = %s", (read.tick,))).fetchone()
    assert row is not None
    tick = decode_tick(bytes(row[0]))
    last_buy = await _last_buy(connection, player, biome, tick)
    # A mark is ignored within half a window of the last one, so a minute has no more ticks than this.
    a_minute_ago = tick.tick - 2 * MINUTE_MS // tick.settings.window_ms
    cursor = await connection.execute(_ORDERS_OF_A_MINUTE, (player, a_minute_ago))
    decided_at = [closed_at for (closed_at,) in await cursor.fetchall()]
    known = Known(
        cash=read.account.cash,
        holdings=_holdings(read),
        frozen=read.account.frozen,
        last_buy=last_buy,
        decided_at=decided_at,
    )
    return Situation(tick, known)


async def _last_buy(connection: AsyncConnection[Any], player: str, biome: Biome, tick: Tick) -> int | None:
    """Only as far back as the minimum hold, which is usually not at all."""
    hold = tick.settings.minimum_hold_ticks
    if hold == 0:
        return None
    row = await (await connection.execute(_LAST_BUY, (player, biome.value, tick.tick - hold))).fetchone()
    return None if row is None else row[0]


def _holdings(read: AccountRead) -> list[int]:
    holdings = [0] * len(BIOMES)
    for holding in read.holdings:
        holdings[BIOME_INDEX[holding.biome]] = holding.shares
    return holdings
