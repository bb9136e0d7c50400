"""What PostgreSQL shows, as of one tick, in one snapshot of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from ops.audit.books import DIGEST_MODULUS, Account, Books, Outcome, outcome_hash
from ops.audit.outcomes import AllOutcomes
from schemas.biomes import BIOMES, Biome

ROWS_AT_A_TIME: Final = 5_000


@dataclass(frozen=True)
class Projected:
    """The projection as of a tick."""

    tick: int
    accounts: dict[str, Account]
    outcomes: int
    outcomes_digest: int

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
        stored = await _stored(database_url, list(outcomes.late))
        for order, late in outcomes.late.items():
            row = stored.get(order)
            if row is None:
                faults.append(f"PostgreSQL at tick {self.tick}: order {order} has no outcome")
            elif row.tick >= late.tick:
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
            outcomes, digest = await _outcomes(connection)
    return Projected(tick, accounts, outcomes, digest)


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
    query = "SELECT order_id, tick, status, shares, cash, fee FROM orders WHERE order_id = ANY(%s)"
    rows = await (await connection.execute(query, (list(orders),))).fetchall()
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


async def _outcomes(connection: psycopg.AsyncConnection[Any]) -> tuple[int, int]:
    outcomes = digest = 0
    async with connection.cursor("outcomes") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        await cursor.execute("SELECT order_id, tick, status, shares, cash, fee FROM orders")
        async for row in cursor:
            outcomes += 1
            digest = (digest + outcome_hash(Outcome(*row))) % DIGEST_MODULUS
    return outcomes, digest
