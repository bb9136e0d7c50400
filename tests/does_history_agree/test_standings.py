"""The standings: exact as of one tick, by the portfolio's own formula."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import AsyncConnection

from api.portfolio.reading import portfolio_document, read_account
from schemas.biomes import BIOMES
from schemas.units import parse_amount
from streams.history.partitions import make_room
from streams.history.standings import make_standings

PLAYERS = 200
LARGEST = 9 * 10**16


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await AsyncConnection.connect(empty_database, autocommit=True) as connection:
        yield connection


async def close_tick(connection: AsyncConnection[Any], tick: int, chance: random.Random) -> None:
    """A tick with its prices, of any size that the rules allow."""
    async with connection.transaction(), connection.cursor() as cursor:
        await make_room(cursor, first=tick, last=tick)
        await cursor.execute("INSERT INTO ticks VALUES (%s, %s, '', '')", (tick, 1_000 * tick))
        for biome in BIOMES:
            cash, shares = chance.randrange(1, LARGEST), chance.randrange(1, 100 * LARGEST)
            await cursor.execute(
                "INSERT INTO prices VALUES (%s, %s, %s, 1, %s, %s, 0)", (biome.value, tick, 1_000 * tick, cash, shares)
            )


async def open_accounts(connection: AsyncConnection[Any], chance: random.Random) -> None:
    async with connection.transaction(), connection.cursor() as cursor:
        for number in range(PLAYERS):
            # Few different amounts, so that many have the same.
            cash, gain = chance.randrange(5) * 10**9, chance.randrange(-3, 3) * 10**6
            await cursor.execute(
                "INSERT INTO accounts VALUES (%s, %s, false, 1, %s, 0)", (f"player-{number}", cash, gain)
            )
            for biome in chance.sample(BIOMES, chance.randrange(4)):
                await cursor.execute(
                    "INSERT INTO holdings VALUES (%s, %s, %s, 0, 0)",
                    (f"player-{number}", biome.value, chance.choice((0, chance.randrange(10**12)))),
                )


async def newest(connection: AsyncConnection[Any]) -> tuple[int, int, dict[str, tuple[int, ...]]]:
    """Slot, tick, and all rows by player."""
    row = await (await connection.execute("SELECT slot, tick, players FROM standings_as_of")).fetchone()
    assert row is not None
    slot, tick, players = row
    rows = await (await connection.execute(f"SELECT * FROM standings_{slot}")).fetchall()
    assert len(rows) == players
    return slot, tick, {player: tuple(columns) for player, *columns in rows}


async def test_standings_are_what_the_portfolios_of_that_tick_say(connection: AsyncConnection[Any]) -> None:
    chance = random.Random(5)
    await close_tick(connection, 1, chance)
    await open_accounts(connection, chance)
    for tick in (1, 2, 3):
        assert await make_standings(connection)
        _, as_of, standings = await newest(connection)
        assert (as_of, len(standings)) == (tick, PLAYERS)
        worths = [columns[0] for columns in standings.values()]
        gains = [columns[1] for columns in standings.values()]
        for player, (worth, gain, worth_place, worth_rank, gain_place, gain_rank) in standings.items():
            read = await read_account(connection, player)
            assert read.account is not None
            portfolio = portfolio_document(read, read.account)
            assert (worth, gain) == (
                parse_amount(portfolio.net_worth_bdt),
                parse_amount(portfolio.realized_gain_bdt),
            )
            assert worth_rank == 1 + sum(other > worth for other in worths) <= worth_place
            assert gain_rank == 1 + sum(other > gain for other in gains) <= gain_place
        for place in (2, 4):
            assert sorted(columns[place] for columns in standings.values()) == list(range(1, PLAYERS + 1))
        await close_tick(connection, tick + 1, chance)


async def test_standings_are_made_in_the_slot_that_nobody_reads(connection: AsyncConnection[Any]) -> None:
    chance = random.Random(6)
    slots = []
    for tick in (1, 2, 3):
        await close_tick(connection, tick, chance)
        assert await make_standings(connection)
        slots.append((await newest(connection))[0])
        assert not await make_standings(connection), "there is nothing new"
    assert slots == [0, 1, 0]


async def test_of_two_histories_one_makes_the_standings(connection: AsyncConnection[Any], empty_database: str) -> None:
    await close_tick(connection, 1, random.Random(7))
    async with await AsyncConnection.connect(empty_database, autocommit=True) as other:
        made = await asyncio.gather(make_standings(connection), make_standings(other))
    assert sorted(made) in ([False, True], [True, True])
    assert (await newest(connection))[1] == 1
