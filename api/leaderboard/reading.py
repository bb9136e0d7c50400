"""The newest standings, that history made (``streams.history.standings``)."""

from typing import Any, NamedTuple

from psycopg import AsyncConnection, sql

from api.leaderboard.models import By, Standing
from schemas.units import Millis, format_amount

_AS_OF = "SELECT slot, tick, closed_at_ms, players FROM standings_as_of"
_STANDINGS = """
SELECT {rank}, {place}, coalesce(u.username, s.player), s.net_worth, s.realized_gain
FROM {slot} s LEFT JOIN users u ON u.id::text = s.player
WHERE {condition} ORDER BY {place} LIMIT %s
"""


class AsOf(NamedTuple):
    """Which standings are the newest."""

    slot: int
    tick: int
    closed_at: Millis
    players: int


async def newest_standings(connection: AsyncConnection[Any]) -> AsOf | None:
    """None before the first ones. Call it and what follows within ``one_snapshot``."""
    row = await (await connection.execute(_AS_OF)).fetchone()
    return None if row is None else AsOf(*row)


async def read_page(connection: AsyncConnection[Any], as_of: AsOf, by: By, *, after: int, limit: int) -> list[Standing]:
    """The standings after a place."""
    condition = sql.SQL("{} > %s").format(_column(by, "place"))
    cursor = await connection.execute(_query(as_of, by, condition), (after, limit))
    return [_standing(row) for row in await cursor.fetchall()]


async def read_one(connection: AsyncConnection[Any], as_of: AsOf, by: By, player: str) -> Standing | None:
    """The standing of a player; None while there is none."""
    cursor = await connection.execute(_query(as_of, by, sql.SQL("s.player = %s")), (player, 1))
    row = await cursor.fetchone()
    return None if row is None else _standing(row)


def _query(as_of: AsOf, by: By, condition: sql.Composable) -> sql.Composed:
    return sql.SQL(_STANDINGS).format(
        rank=_column(by, "rank"),
        place=_column(by, "place"),
        slot=sql.Identifier(f"standings_{as_of.slot}"),
        condition=condition,
    )


def _column(by: By, what: str) -> sql.Identifier:
    return sql.Identifier("s", f"{by.value}_{what}")


def _standing(row: tuple[Any, ...]) -> Standing:
    rank, place, username, net_worth, realized_gain = row
    return Standing(
        rank=rank,
        place=place,
        username=username,
        net_worth_bdt=format_amount(net_worth),
        realized_gain_bdt=format_amount(realized_gain),
    )
