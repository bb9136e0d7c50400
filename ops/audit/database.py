"""What PostgreSQL shows, as of one tick, in one snapshot of it."""

from dataclasses import dataclass
from typing import Any

import psycopg

from ops.audit.books import DIGEST_MODULUS, Account, Books, Outcome, outcome_hash
from schemas.biomes import BIOMES, Biome

ROWS_AT_A_TIME = 5_000


@dataclass(frozen=True)
class Projected:
    """The projection as of a tick."""

    tick: int
    accounts: dict[str, Account]
    outcomes: int
    outcomes_digest: int

    def differences(self, books: Books) -> list[str]:
        """What differs from the books as of the same tick."""
        faults = []
        if self.accounts != books.accounts:
            wrong = [
                player
                for player in self.accounts.keys() | books.accounts.keys()
                if self.accounts.get(player) != books.accounts.get(player)
            ]
            faults.append(f"PostgreSQL at tick {self.tick}: {len(wrong)} accounts differ, the first is {min(wrong)}")
        if (self.outcomes, self.outcomes_digest) != (books.outcomes, books.outcomes_digest):
            faults.append(
                f"PostgreSQL at tick {self.tick}: {self.outcomes} outcomes of orders that are not the {books.outcomes} "
                "of the events"
            )
        return faults


async def read_projection(database_url: str) -> Projected:
    """The projection as it is now. Raises psycopg.Error when PostgreSQL does not answer."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        async with connection.transaction():
            newest = await (await connection.execute("SELECT coalesce(max(tick), 0) FROM ticks")).fetchone()
            assert newest is not None
            accounts = {
                player: Account(cash=cash, frozen=frozen)
                for player, cash, frozen in await _all(connection, "SELECT player, cash, frozen FROM accounts")
            }
            for player, biome, shares in await _all(connection, "SELECT player, biome, shares FROM holdings"):
                accounts[player].holdings[BIOMES.index(Biome(biome))] = shares
            outcomes, digest = await _outcomes(connection)
    return Projected(newest[0], accounts, outcomes, digest)


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
