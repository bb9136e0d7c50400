"""Candles against the ticks that they are made of, however history came by them."""

import asyncio
import random
from contextlib import aclosing
from itertools import groupby
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from psycopg import AsyncConnection

from schemas.biomes import BIOMES
from schemas.environment import Environment
from schemas.messages.trade_events import Filled
from schemas.units import MICRO
from streams.following.follow import follow
from streams.following.whole_ticks import NOTHING_SEEN, Position, WholeTick
from streams.history.core.candles import Width, fold_candles
from streams.history.projection import load_progress, project
from tests.does_history_agree.written_market import WrittenMarket, publish

WAIT_SECONDS = 100.0
TICKS = 90
COLUMNS = "first_tick, last_tick, last_closed_at_ms, open, high, low, close, attention, volume, share_volume, trades"


@pytest.fixture
async def ticks(bootstrap: str, producer: AIOKafkaProducer) -> list[WholeTick]:
    """Ticks of three players, with pauses of seconds and of hours between them."""
    market, chance = WrittenMarket(), random.Random(11)
    market.open("ann", "bob", "eve")
    for _ in range(TICKS):
        for _ in range(chance.randrange(4)):
            player, biome = chance.choice(("ann", "bob", "eve")), chance.choice(BIOMES)
            if chance.random() < 0.6:
                market.buy(player, biome, chance.randrange(1, 200) * MICRO)
            else:
                market.sell(player, biome, chance.randrange(1, 500_000))
        await publish(producer, market.close([chance.randrange(9) for _ in BIOMES]))
        market.now += chance.choice((0, 0, 0, 7_000, 61_000, 3_700_000))
    async with (
        asyncio.timeout(WAIT_SECONDS),
        aclosing(follow(bootstrap, seen=NOTHING_SEEN, position=Position(0, 0))) as followed,
    ):
        return [await anext(followed) for _ in range(TICKS)]


async def candles_of(connection: AsyncConnection[Any]) -> dict[tuple[str, str, int], tuple[int, ...]]:
    cursor = await connection.execute(f"SELECT biome, width, starts_at_ms, {COLUMNS} FROM candles")
    return {(row[0], row[1], row[2]): tuple(map(int, row[3:])) for row in await cursor.fetchall()}


def expected(ticks: list[WholeTick]) -> dict[tuple[str, str, int], tuple[int, ...]]:
    """By the definition: all ticks of a span at once."""
    candles: dict[tuple[str, str, int], tuple[int, ...]] = {}
    for index, biome in enumerate(BIOMES):
        for width in Width:
            for start, group in groupby(ticks, key=lambda whole: whole.tick.closed_at // width.ms * width.ms):
                of_span = list(group)
                markets = [whole.tick.markets[index] for whole in of_span]
                fills = [
                    event
                    for whole in of_span
                    for event in whole.events
                    if isinstance(event, Filled) and event.order.biome is biome
                ]
                prices = [int(market.price) for market in markets]
                candles[biome.value, width.value, start] = (
                    of_span[0].tick.tick,
                    of_span[-1].tick.tick,
                    of_span[-1].tick.closed_at,
                    prices[0],
                    max(prices),
                    min(prices),
                    prices[-1],
                    sum(market.attention for market in markets),
                    sum(int(fill.cash) for fill in fills),
                    sum(int(fill.shares) for fill in fills),
                    len(fills),
                )
    return candles


@pytest.mark.parametrize("batch", [1, 7, TICKS])
async def test_candles_are_what_their_ticks_say_whatever_the_batches_were(
    environment: Environment, ticks: list[WholeTick], batch: int
) -> None:
    async with await AsyncConnection.connect(
        environment.database_url.get_secret_value(), autocommit=True
    ) as connection:
        for first in range(0, TICKS, batch):
            position = (await load_progress(connection)).position
            assert await project(connection, expected=position, ticks=ticks[first : first + batch])
        wanted = expected(ticks)
        assert len({start for biome, width, start in wanted if width == "1m"}) > 10
        assert sum(candle[-1] for candle in wanted.values()) > 100
        assert await candles_of(connection) == wanted


async def test_a_batch_that_is_refused_adds_nothing_to_a_candle(
    environment: Environment, ticks: list[WholeTick]
) -> None:
    async with await AsyncConnection.connect(
        environment.database_url.get_secret_value(), autocommit=True
    ) as connection:
        assert await project(connection, expected=Position(0, 0), ticks=ticks[:5])
        assert not await project(connection, expected=Position(0, 0), ticks=ticks[:9])
        assert await candles_of(connection) == expected(ticks[:5])


def test_every_width_ends_where_the_next_candle_begins() -> None:
    for width in Width:
        assert width.start_of(1_700_000_000_123 // width.ms * width.ms) % width.ms == 0
        assert 86_400_000 % width.ms == 0
    assert fold_candles([]) == {}
