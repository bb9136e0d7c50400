"""Ticks from history's rows, and what to say of those that are not there."""

from typing import Any, NamedTuple

from psycopg import AsyncConnection

from api.problems import NOT_FOUND, TICK_NOT_KEPT, ProblemError, no_tick_in_history
from api.ticks.documents import TickRow


class Kept(NamedTuple):
    """The ticks that are kept, both ends included."""

    oldest: int
    newest: int

    def require(self, tick: int) -> None:
        """Raises ProblemError when this tick is not among them."""
        if tick > self.newest:
            raise ProblemError(NOT_FOUND, f"Tick {tick} has not been closed yet. The newest is {self.newest}.")
        if tick < self.oldest:
            raise ProblemError(
                TICK_NOT_KEPT,
                f"Tick {tick} is not kept here any more: {self.oldest} is the oldest. The topic market.ticks has all.",
            )


async def kept_ticks(connection: AsyncConnection[Any]) -> Kept:
    """Which ticks there are.

    Raises:
        ProblemError: none yet.
    """
    row = await (await connection.execute("SELECT min(tick), max(tick) FROM ticks")).fetchone()
    assert row is not None
    if row[0] is None:
        raise no_tick_in_history()
    return Kept(*row)


async def read_ticks(connection: AsyncConnection[Any], *, first: int, last: int) -> list[TickRow]:
    """Ticks in their order, both ends included."""
    cursor = await connection.execute(
        "SELECT body, hash FROM ticks WHERE tick BETWEEN %s AND %s ORDER BY tick", (first, last)
    )
    return [TickRow(bytes(body), digest) for body, digest in await cursor.fetchall()]
