"""Net worth over time: walked back from the present, it is what counting forward from the opening gives."""

import random
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from api.portfolio.history import HOUR_MS, LONGEST_HOURS, MOST_POINTS, read_history, spans_of
from api.portfolio.models import PortfolioHistory
from api.portfolio.net_worth import Change, Close, Worth, walk_back
from api.portfolio.reading import read_account
from schemas.biomes import BIOMES, Biome
from schemas.units import MICRO, parse_amount
from streams.history.core.candles import Width
from streams.history.migration import migrate
from streams.history.partitions import PARTITIONED, TICKS_A_PARTITION

HISTORY = "/biome-market/portfolio/history"
PRICES = dict.fromkeys(BIOMES, 2 * MICRO)


def close(tick: int, snow: int = 2 * MICRO) -> Close:
    return Close(tick, tick * 500, {**PRICES, Biome.SNOW: snow})


def walked(*, cash: int, snow: int, changes: list[Change], closes: list[Close]) -> list[tuple[int, int, int]]:
    worths = walk_back(cash=cash, shares={Biome.SNOW: snow}, changes=changes, closes=closes)
    return [(worth.tick, worth.cash, worth.net_worth) for worth in worths]


class TestWalkingBack:
    def test_without_fills_only_the_prices_move_the_net_worth(self) -> None:
        closes = [close(1), close(2, snow=3 * MICRO)]
        assert walked(cash=10, snow=5, changes=[], closes=closes) == [(1, 10, 20), (2, 10, 25)]

    def test_a_fill_is_in_the_close_of_its_own_tick_and_not_in_the_one_before(self) -> None:
        bought = Change(tick=5, cash=-13, biome=Biome.SNOW, shares=6)
        points = walked(cash=87, snow=6, changes=[bought], closes=[close(4), close(5), close(6)])
        assert points == [(4, 100, 100), (5, 87, 99), (6, 87, 99)]

    def test_a_sale_is_taken_back_too(self) -> None:
        bought = Change(tick=2, cash=-13, biome=Biome.SNOW, shares=6)
        sold = Change(tick=4, cash=11, biome=Biome.SNOW, shares=-6)
        points = walked(cash=98, snow=0, changes=[sold, bought], closes=[close(1), close(3), close(4)])
        assert points == [(1, 100, 100), (3, 87, 99), (4, 98, 98)]

    def test_changes_between_two_closes_may_be_summed(self) -> None:
        each = [Change(tick, cash=-4, biome=Biome.SNOW, shares=2) for tick in (2, 3, 4)]
        summed = [Change(4, cash=-12, biome=Biome.SNOW, shares=6)]
        closes = [close(1), close(4)]
        assert walked(cash=0, snow=6, changes=each, closes=closes) == walked(
            cash=0, snow=6, changes=summed, closes=closes
        )

    def test_a_grant_is_cash_alone(self) -> None:
        assert walked(cash=15, snow=0, changes=[Change(2, cash=5)], closes=[close(1), close(2)]) == [
            (1, 10, 10),
            (2, 15, 15),
        ]

    def test_a_value_is_rounded_down(self) -> None:
        assert walked(cash=0, snow=1, changes=[], closes=[close(1, snow=1_999_999)]) == [(1, 0, 1)]

    def test_nothing_asked_is_nothing_told(self) -> None:
        assert walk_back(cash=1, shares={}, changes=[Change(1, 1)], closes=[]) == []


def test_points_are_as_many_as_a_chart_can_show() -> None:
    for hours in range(1, LONGEST_HOURS + 1):
        spans = spans_of(hours)
        assert spans.ms % spans.width.ms == 0
        assert 49 <= hours * HOUR_MS / spans.ms <= MOST_POINTS


TICKS = 4_000
EVERY_MS = 24_000
BEGAN_MS = 1_700_000_000_123
OPENED = 2_777
PLAYER = uuid.uuid4()
GRANTED = 10_000 * MICRO
CANDLES = """
INSERT INTO candles
SELECT biome, %(width)s, closed_at_ms - closed_at_ms %% %(ms)s AS starts_at_ms, min(tick), max(tick), max(closed_at_ms),
    (array_agg(price ORDER BY tick))[1], max(price), min(price), (array_agg(price ORDER BY tick DESC))[1], 0, 0, 0, 0
FROM prices GROUP BY biome, starts_at_ms
"""
GRANT_TICK = 3_250
GRANT = 250 * MICRO


def drawn_fills() -> list[tuple[Any, ...]]:
    """Buys, and sales of what is held; many a tick, and one in the opening's next tick and in the newest."""
    chance = random.Random(7)
    held = dict.fromkeys(BIOMES, 0)
    fills = []
    ticks = sorted(chance.randint(OPENED + 1, TICKS) for _ in range(3_000))
    for index, tick in enumerate([OPENED + 1, *ticks, TICKS]):
        biome = chance.choice(BIOMES)
        sale = held[biome] > 0 and chance.random() < 0.5
        shares = chance.randint(1, held[biome]) if sale else chance.randint(1, MICRO)
        held[biome] += -shares if sale else shares
        cash = shares * 2 + chance.randint(0, 9)
        fills.append(
            (tick, index, biome.value, "sell_shares" if sale else "buy_cash", shares, cash, chance.randint(1, 9))
        )
    return fills


FILLS = drawn_fills()


@pytest.fixture(scope="module")
def filled(database: str) -> str:
    """A database with a day of ticks and a player who traded in the last third of them."""
    migrate(database)
    with psycopg.connect(database, autocommit=True) as connection:
        for table in PARTITIONED:
            for number in range(TICKS // TICKS_A_PARTITION + 1):
                bounds = (number * TICKS_A_PARTITION, (number + 1) * TICKS_A_PARTITION)
                connection.execute(
                    sql.SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})").format(
                        sql.Identifier(f"{table}_p{number}"), sql.Identifier(table), *bounds
                    )
                )
        connection.execute(
            "INSERT INTO ticks SELECT n, %s::bigint + n::bigint * %s, '', '' FROM generate_series(1, %s::int) AS n",
            (BEGAN_MS, EVERY_MS, TICKS),
        )
        connection.execute(
            "INSERT INTO prices SELECT biome, tick, closed_at_ms, price, price, 1000000, 0 FROM ticks"
            " CROSS JOIN unnest(%s::text[]) WITH ORDINALITY AS biomes (biome, number)"
            " CROSS JOIN LATERAL (SELECT 2000000 + mod(tick * 7919 * number, 1000003) AS price)",
            ([biome.value for biome in BIOMES],),
        )
        for width in Width:
            connection.execute(CANDLES, {"width": width.value, "ms": width.ms})
        write_account(connection)
    return database


def write_account(connection: psycopg.Connection[Any]) -> None:
    player = str(PLAYER)
    connection.execute(
        "INSERT INTO users (id, username, password_hash, opened_at_tick) VALUES (%s, 'ann', '', %s)", (PLAYER, OPENED)
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO orders (order_id, player, biome, kind, quantity, placed_at_ms, status, tick, index, price, shares,"
            " cash, fee) VALUES (%s, %s, %s, %s, 1, 0, 'filled', %s, %s, 1, %s, %s, %s)",
            [
                (f"{index}", player, biome, kind, tick, index, shares, cash, fee)
                for tick, index, biome, kind, shares, cash, fee in FILLS
            ],
        )
    cash, held = counted_forward(TICKS)
    connection.execute("INSERT INTO accounts VALUES (%s, %s, false, %s, 0, 0)", (player, cash, TICKS))
    for biome, shares in held.items():
        connection.execute("INSERT INTO holdings VALUES (%s, %s, %s, 0, 0)", (player, biome.value, shares))
    connection.execute(
        "INSERT INTO command_requests VALUES ('c', '', 0, convert_to(%s, 'UTF8'))", (f'{{"amount":{GRANT}}}',)
    )
    connection.execute(
        "INSERT INTO commands VALUES ('c', %s, 0, 0, 'grant_cash', 'x', 'x', 0, true, NULL, NULL, %s)",
        (GRANT_TICK, player),
    )


def counted_forward(tick: int) -> tuple[int, dict[Biome, int]]:
    """The definition: from the opening, fill by fill."""
    cash = GRANTED + (GRANT if tick >= GRANT_TICK else 0)
    held = dict.fromkeys(BIOMES, 0)
    for at, _, biome, kind, shares, moved, fee in FILLS:
        if at <= tick:
            sale = kind == "sell_shares"
            cash += (moved if sale else -moved) - fee
            held[Biome(biome)] += -shares if sale else shares
    return cash, held


@pytest.fixture
async def snapshot(filled: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(filled) as connection:
        yield connection


async def history_of(connection: psycopg.AsyncConnection[Any], hours: int) -> PortfolioHistory:
    read = await read_account(connection, str(PLAYER))
    assert read.account is not None
    return await read_history(connection, str(PLAYER), read=read, account=read.account, hours=hours)


@pytest.mark.parametrize("hours", [1, 4, 6, 7, 8, 9, 24, 48, 49, LONGEST_HOURS])
async def test_every_point_is_what_counting_forward_gives(snapshot: psycopg.AsyncConnection[Any], hours: int) -> None:
    history = await history_of(snapshot, hours)
    ticks = [point.tick for point in history.points]
    rows = await snapshot.execute("SELECT tick, biome, price FROM prices WHERE tick = ANY(%s)", (ticks,))
    prices = {(tick, Biome(biome)): price for tick, biome, price in await rows.fetchall()}
    for point in history.points:
        cash, held = counted_forward(point.tick)
        value = sum(shares * prices[point.tick, biome] // MICRO for biome, shares in held.items())
        worth = Worth(point.tick, BEGAN_MS + point.tick * EVERY_MS, cash, cash + value)
        assert parse_amount(point.cash_bdt) == worth.cash
        assert parse_amount(point.net_worth_bdt) == worth.net_worth
        assert round(point.at.timestamp() * 1000) == worth.closed_at
    assert ticks == sorted(set(ticks))
    assert ticks[-1] == history.tick == TICKS
    first = max(OPENED, TICKS - hours * HOUR_MS // EVERY_MS)
    assert first <= ticks[0] <= first + spans_of(hours).ms // EVERY_MS
    assert (ticks[0] == OPENED) == (first == OPENED)
    assert len(ticks) <= MOST_POINTS + 2


async def test_a_new_account_has_its_opening_and_the_present(player: httpx.AsyncClient) -> None:
    history = (await player.get(HISTORY, params={"hours": 1})).json()
    first, last = history["points"][0], history["points"][-1]
    assert first["cash_bdt"] == first["net_worth_bdt"] == last["net_worth_bdt"] == "10000.00"
    assert first["tick"] <= last["tick"] == history["tick"]
    assert history["hours"] == 1


async def test_the_present_is_what_the_portfolio_says_and_the_opening_stays(player: httpx.AsyncClient) -> None:
    body = {"biome": "plains", "amount_bdt": "100"}
    bought = (await player.post("/biome-market/buy", params={"wait": "fill"}, json=body)).json()
    body = {"biome": "plains", "shares": "0.5"}
    sold = (await player.post("/biome-market/sell", params={"wait": "fill"}, json=body)).json()
    assert bought["status"] == sold["status"] == "filled"
    for hours in (1, 24, LONGEST_HOURS):
        history, portfolio = await of_one_tick(player, {"hours": hours, "at_least_tick": sold["tick"] + 1})
        points = history["points"]
        assert points[-1]["tick"] == portfolio["tick"]
        assert points[-1]["net_worth_bdt"] == portfolio["net_worth_bdt"]
        assert points[-1]["cash_bdt"] == portfolio["cash_bdt"] != "10000.00"
        assert points[0]["net_worth_bdt"] == points[0]["cash_bdt"] == "10000.00"
        assert points[0]["tick"] < bought["tick"]


async def of_one_tick(player: httpx.AsyncClient, params: dict[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The history and the portfolio of the same tick: asked for again when one has closed between the two."""
    while True:
        history = (await player.get(HISTORY, params=params)).json()
        portfolio = (await player.get("/biome-market/portfolio")).json()
        if history["tick"] == portfolio["tick"]:
            return history, portfolio


@pytest.mark.parametrize("hours", ["0", "169", "-1", "1.5", "many"])
async def test_hours_out_of_range_are_refused(someone: httpx.AsyncClient, hours: str) -> None:
    answer = await someone.get(HISTORY, params={"hours": hours})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_a_stranger_has_no_history(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get(HISTORY)
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN")
