"""A player's orders: the decided ones, filtered, a page at a time; or any one of them."""

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query
from psycopg import AsyncConnection

from api.database import Pool
from api.orders.documents import SELECT_OUTCOMES, SELECT_REQUESTS, order_of_row
from api.orders.models import DecidedStatus, Order, Side
from api.times import TimeIn
from schemas.biomes import Biome
from schemas.units import Millis

NEWEST = f"{2**62}.0"
_CONDITIONS = {
    "biome": "biome = %s",
    "side": "(kind = 'sell_shares') = (%s = 'sell')",
    "status": "status = %s",
    "since": "placed_at_ms >= %s",
    "until": "placed_at_ms < %s",
}


class Filters(NamedTuple):
    """Which of them. All that are given must hold."""

    biome: Biome | None
    side: Side | None
    status: DecidedStatus | None
    since: Millis | None
    until: Millis | None

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if value is not None}


async def _filters(
    *,
    biome: Annotated[Biome | None, Query()] = None,
    side: Annotated[Side | None, Query()] = None,
    status: Annotated[DecidedStatus | None, Query()] = None,
    since: Annotated[TimeIn | None, Query(description="Placed at this time or later.")] = None,
    until: Annotated[TimeIn | None, Query(description="Placed before this time.")] = None,
) -> Filters:
    return Filters(biome, side, status, since, until)


FiltersOfQuery = Annotated[Filters, Depends(_filters)]


async def read_transactions(
    connection: AsyncConnection[Any], player: str, filters: Filters, *, after: str | None, limit: int
) -> list[tuple[Any, ...]]:
    """Rows of ``SELECT_OUTCOMES``, newest first, after the place of an earlier one."""
    tick, _, index = (after or NEWEST).partition(".")
    conditions = ["player = %s", "(tick, index) < (%s, %s)", *(_CONDITIONS[name] for name in filters.given)]
    query = f"{SELECT_OUTCOMES} WHERE {' AND '.join(conditions)} ORDER BY tick DESC, index DESC LIMIT %s"
    cursor = await connection.execute(
        query,
        (player, int(tick), int(index), *filters.given.values(), limit),
    )
    return await cursor.fetchall()


async def find_order(pool: Pool, player: str, order_id: str) -> Order | None:
    """One order of the player, decided or not; None when there is none."""
    async with pool.connection() as connection:
        for select in (SELECT_OUTCOMES, SELECT_REQUESTS):
            cursor = await connection.execute(
                select + " WHERE order_id = %s AND player = %s",
                (order_id, player),
            )
            row = await cursor.fetchone()
            if row is not None:
                return order_of_row(row)
    return None
