"""What PostgreSQL shows, as of one tick, in one snapshot of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from ops.audit.books import DIGEST_MODULUS, Account, Books, Outcome, outcome_hash
from ops.audit.gains import Gains
from ops.audit.outcomes import AllOutcomes
from schemas.biomes import BIOMES, Biome

ROWS_AT_A_TIME: Final = 5_000
_ORDERS: Final = (
    "SELECT order_id, tick, index, player, client_order_id, biome, kind, quantity, limit_price, max_pay, placed_at_ms, status,"
    " price, shares, cash, fee, code, detail FROM orders"
)
"""In the order of an ``Outcome``."""


@dataclass(frozen=True)
class Projected:
    """The projection as of a tick."""

    tick: int
    accounts: dict[str, Account]
    outcomes: int
    outcomes_digest: int
    gains_differ: list[str]
    """Players whose fees, costs or gains are not those of their orders."""

    def account_differences(self, books: Books) -> list[str]:
        """Which accounts are not those of the books as of the same tick."""
        wrong = sorted(
            player
            for player in self.accounts.keys() | books.accounts.keys()
            if self.accounts.get(player) != books.accounts.get(player)
        )
        return (
            [f"PostgreSQL at tick {self.tick}: {len(wrong)} accounts differ, the first is {wrong[0]}"] if wrong else []
        )

    async def differences(self, books: Books, outcomes: AllOutcomes, database_url: str) -> list[str]:
        """What differs from the books and the outcomes as of the same tick."""
        faults = self.account_differences(books)
        if self.gains_differ:
            what = f"{len(self.gains_differ)} accounts have other fees, costs or gains than their orders make"
            faults.append(f"PostgreSQL at tick {self.tick}: {what}, the first is {self.gains_differ[0]}")
        stored = await _stored(database_url, list(outcomes.late))
        for order, late in outcomes.late.items():
            row = stored.get(order)
            if row is None:
                faults.append(f"PostgreSQL at tick {self.tick}: order {order} has no outcome")
            elif row.when >= late.when:
                outcomes.add_first(late)
        outcomes.late.clear()
        if (self.outcomes, self.outcomes_digest) != (outcomes.count, outcomes.digest):
            faults.append(
                f"PostgreSQL at tick {self.tick}: {self.outcomes} outcomes of orders that are not the {outcomes.count} "
                "of the events"
            )
        return faults


async def read_projection(database_url: str) -> Projected:
    """The projection as it is now. Raises psycopg.Error when PostgreSQL does not answer."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        async with connection.transaction():
            tick = await newest_tick(connection)
            accounts = await read_accounts(connection)
            outcomes, digest, gains = await _outcomes(connection)
            differing = gains.differing(await _fees_and_gains(connection), await _costs_and_gains(connection))
    return Projected(tick, accounts, outcomes, digest, differing)


async def newest_tick(connection: psycopg.AsyncConnection[Any]) -> int:
    """The tick that the projection has come to; 0 before the first."""
    row = await (await connection.execute("SELECT coalesce(max(tick), 0) FROM ticks")).fetchone()
    assert row is not None
    return int(row[0])


async def read_accounts(connection: psycopg.AsyncConnection[Any]) -> dict[str, Account]:
    """All accounts, as the transaction of the connection sees them."""
    accounts = {
        player: Account(cash=cash, frozen=frozen)
        for player, cash, frozen in await _all(connection, "SELECT player, cash, frozen FROM accounts")
    }
    for player, biome, shares in await _all(connection, "SELECT player, biome, shares FROM holdings"):
        accounts[player].holdings[BIOMES.index(Biome(biome))] = shares
    return accounts


async def read_outcomes(connection: psycopg.AsyncConnection[Any], orders: Sequence[str]) -> dict[str, Outcome]:
    """The outcomes of some orders, by their ids."""
    rows = await (await connection.execute(f"{_ORDERS} WHERE order_id = ANY(%s)", (list(orders),))).fetchall()
    return {row[0]: Outcome(*row) for row in rows}


async def _stored(database_url: str, orders: Sequence[str]) -> dict[str, Outcome]:
    if not orders:
        return {}
    found: dict[str, Outcome] = {}
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        for start in range(0, len(orders), ROWS_AT_A_TIME):
            found |= await read_outcomes(connection, orders[start : start + ROWS_AT_A_TIME])
    return found


async def _all(connection: psycopg.AsyncConnection[Any], query: Any) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query)).fetchall()


async def _outcomes(connection: psycopg.AsyncConnection[Any]) -> tuple[int, int, Gains]:
    outcomes, digest, gains = 0, 0, Gains()
    async with connection.cursor("outcomes") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        await cursor.execute(
            f"{_ORDERS} ORDER BY player DESC, tick, index"
        )  # an index has them in this order, backwards
        async for row in cursor:
            outcome = Outcome(*row)
            outcomes += 1
            digest = (digest + outcome_hash(outcome)) % DIGEST_MODULUS
            gains.take(outcome)
    return outcomes, digest, gains


async def _fees_and_gains(connection: psycopg.AsyncConnection[Any]) -> dict[str, tuple[int, int]]:
    rows = await _all(connection, "SELECT player, fees_paid, realized_gain FROM accounts")
    return {player: (fees, gain) for player, fees, gain in rows}


async def _costs_and_gains(connection: psycopg.AsyncConnection[Any]) -> dict[tuple[str, str], tuple[int, int]]:
    rows = await _all(connection, "SELECT player, biome, cost_basis, realized_gain FROM holdings")
    return {(player, biome): (cost, gain) for player, biome, cost, gain in rows}
