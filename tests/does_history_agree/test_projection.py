"""History's rows against the market's own state, whatever happened to history on the way."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from psycopg import AsyncConnection

from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_tick
from schemas.environment import Environment
from schemas.units import MICRO
from streams.following.follow import follow, follow_newest
from streams.following.whole_ticks import NOTHING_SEEN, Position, WholeTick
from streams.history.core.accounts import ProjectionError
from streams.history.migration import migrate
from streams.history.projection import load_progress, project
from streams.history.service import run
from streams.market.core.account import ROW_PREFIX, Accounts
from tests.does_history_agree.written_market import WrittenMarket, publish

WAIT_SECONDS = 100.0
PLAYERS = ("ann", "bob", "eve")


class Play:
    """Three players who trade at random, a tick at a time."""

    def __init__(self, seed: int) -> None:
        self.market = WrittenMarket()
        self._chance = random.Random(seed)
        self.market.open(*PLAYERS)

    async def ticks(self, producer: AIOKafkaProducer, count: int) -> None:
        """Publish ticks; now and then one is aborted first, as when the market dies at the commit."""
        for _ in range(count):
            for _ in range(self._chance.randrange(4)):
                self._order()
            commit = self.market.close([self._chance.randrange(5) for _ in BIOMES])
            if self._chance.random() < 0.2:
                await publish(producer, commit, abort=True)
            await publish(producer, commit)

    def _order(self) -> None:
        player, biome = self._chance.choice((*PLAYERS, "nobody")), self._chance.choice(BIOMES)
        if self._chance.random() < 0.5:
            self.market.buy(player, biome, self._chance.randrange(1, 3_000) * MICRO)
        else:
            self.market.sell(player, biome, self._chance.randrange(1, 5_000_000))


async def rows_of(database: str, query: str) -> list[tuple[Any, ...]]:
    async with await AsyncConnection.connect(database) as connection:
        return await (await connection.execute(query)).fetchall()


async def until_projected(database: str, tick: int) -> None:
    async with asyncio.timeout(WAIT_SECONDS), await AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("LISTEN biome_tick")
        cursor = await connection.execute("SELECT coalesce(max(tick), 0) FROM ticks")
        row = await cursor.fetchone()
        assert row is not None
        projected = row[0]
        notifications = connection.notifies()
        while projected < tick:
            projected = int((await anext(notifications)).payload)
        await notifications.aclose()


async def assert_agrees(database: str, market: WrittenMarket) -> None:
    """Every account, holding, tick and price is the market's own; the gains follow from the orders."""
    players = [key.removeprefix(ROW_PREFIX).decode() for key, _ in market.rows.items() if key.startswith(ROW_PREFIX)]
    accounts = {player: account for player in players if (account := Accounts(market.rows).find(player)) is not None}
    cash = await rows_of(database, "SELECT player, cash FROM accounts")
    assert dict(cash) == {player: account.cash for player, account in accounts.items()}
    held = await rows_of(database, "SELECT player, biome, shares FROM holdings WHERE shares > 0")
    assert {(player, biome): shares for player, biome, shares in held} == {
        (player, biome.value): shares
        for player, account in accounts.items()
        for biome, shares in zip(BIOMES, account.holdings, strict=True)
        if shares > 0
    }
    ticks = await rows_of(database, "SELECT tick, hash, body FROM ticks ORDER BY tick")
    assert [tick for tick, _, _ in ticks] == list(range(1, market.ticks + 1))
    for (_, previous, _), (_, _, body) in pairwise(ticks):
        assert decode_tick(body).previous == previous
    assert (await rows_of(database, "SELECT count(*) FROM prices")) == [(7 * market.ticks,)]
    await _assert_gains_follow_from_orders(database)


async def _assert_gains_follow_from_orders(database: str) -> None:
    """Cash = grant - paid + received, and gain = received - (paid - cost of what is left), from the orders alone."""
    wrong = await rows_of(
        database,
        """
        SELECT a.player FROM accounts a
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(fee), 0) AS fees,
                coalesce(sum(CASE kind WHEN 'sell_shares' THEN cash - fee ELSE 0 END), 0) AS received,
                coalesce(sum(CASE kind WHEN 'sell_shares' THEN 0 ELSE cash + fee END), 0) AS paid
            FROM orders o WHERE o.player = a.player AND status = 'filled'
        ) traded ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(cost_basis), 0) AS cost, coalesce(sum(realized_gain), 0) AS gain
            FROM holdings h WHERE h.player = a.player
        ) held ON true
        WHERE a.cash <> 10000000000 - paid + received OR a.fees_paid <> fees
            OR a.realized_gain <> gain OR gain <> received - (paid - cost)
        """,
    )
    assert wrong == []


@asynccontextmanager
async def histories(environment: Environment, count: int) -> AsyncIterator[list["asyncio.Task[None]"]]:
    tasks = [asyncio.create_task(run(environment)) for _ in range(count)]
    yield tasks
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


async def test_history_agrees_with_the_market(environment: Environment, producer: AIOKafkaProducer) -> None:
    database = environment.database_url.get_secret_value()
    play = Play(1)
    async with histories(environment, 1):
        await play.ticks(producer, 60)
        await until_projected(database, 60)
    await assert_agrees(database, play.market)
    assert (await rows_of(database, "SELECT count(*) > 20 FROM orders WHERE status = 'filled'")) == [(True,)]
    assert (await rows_of(database, "SELECT count(*) > 5 FROM orders WHERE status = 'rejected'")) == [(True,)]


async def test_two_histories_at_once_project_each_tick_once(
    environment: Environment, producer: AIOKafkaProducer
) -> None:
    database = environment.database_url.get_secret_value()
    play = Play(2)
    async with histories(environment, 2):
        await play.ticks(producer, 40)
        await until_projected(database, 40)
    await assert_agrees(database, play.market)


async def test_a_history_whose_connection_is_cut_goes_on_without_a_tick_lost_or_doubled(
    environment: Environment, producer: AIOKafkaProducer
) -> None:
    database = environment.database_url.get_secret_value()
    play = Play(3)
    async with histories(environment, 1):
        for _ in range(4):
            await play.ticks(producer, 8)
            await rows_of(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'biome history' AND datname = current_database()",
            )
        await until_projected(database, 32)
    await assert_agrees(database, play.market)


async def test_a_history_that_is_killed_at_random_agrees_in_the_end(
    environment: Environment, producer: AIOKafkaProducer
) -> None:
    database = environment.database_url.get_secret_value()
    play = Play(4)
    for _ in range(2):
        process = _history_process(environment)
        try:
            ahead = play.market.ticks
            await play.ticks(producer, 10)
            await until_projected(database, ahead + 1)  # it works: now it is somewhere in the next nine
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    last = _history_process(environment)
    await play.ticks(producer, 1)
    await until_projected(database, play.market.ticks)
    last.send_signal(signal.SIGTERM)
    assert last.wait(20) == 0
    await assert_agrees(database, play.market)


def _history_process(environment: Environment) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "ops.command", "run", "history"],
        env={
            **os.environ,
            "BIOME_KAFKA_BOOTSTRAP": environment.kafka_bootstrap,
            "BIOME_DATABASE_URL": environment.database_url.get_secret_value(),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


async def _whole_ticks(bootstrap: str, count: int) -> list[WholeTick]:
    async with (
        asyncio.timeout(WAIT_SECONDS),
        aclosing(follow(bootstrap, seen=NOTHING_SEEN, position=Position(0, 0))) as all_ticks,
    ):
        return [await anext(all_ticks) for _ in range(count)]


async def test_a_batch_that_another_history_has_written_is_refused_whole(
    environment: Environment, producer: AIOKafkaProducer
) -> None:
    play = Play(5)
    await play.ticks(producer, 4)
    ticks = await _whole_ticks(environment.kafka_bootstrap, 4)
    async with await AsyncConnection.connect(
        environment.database_url.get_secret_value(), autocommit=True
    ) as connection:
        assert await project(connection, expected=Position(0, 0), ticks=ticks[:2])
        assert not await project(connection, expected=Position(0, 0), ticks=ticks[:3])
        assert (await load_progress(connection)).seen.tick == 2
        assert await project(connection, expected=ticks[1].next, ticks=ticks[2:])
        assert (await load_progress(connection)) == ((4, ticks[3].hash), ticks[3].next)


async def test_an_event_that_does_not_lead_to_the_published_account_is_refused(
    environment: Environment, producer: AIOKafkaProducer
) -> None:
    market = WrittenMarket()
    market.open("ann")
    market.buy("ann", Biome.SNOW, 100 * MICRO)
    market.buy("ann", Biome.SNOW, 100 * MICRO)
    await publish(producer, market.close())
    (tick,) = await _whole_ticks(environment.kafka_bootstrap, 1)
    lost_one = tick._replace(events=tick.events[:-1])
    async with await AsyncConnection.connect(
        environment.database_url.get_secret_value(), autocommit=True
    ) as connection:
        with pytest.raises(ProjectionError, match="snow"):
            await project(connection, expected=Position(0, 0), ticks=[lost_one])
        assert (await load_progress(connection)).position == Position(0, 0)


async def test_the_first_outcome_of_an_order_stays(environment: Environment, producer: AIOKafkaProducer) -> None:
    database = environment.database_url.get_secret_value()
    market = WrittenMarket()
    market.open("ann")
    market.buy("ann", Biome.SNOW, 10 * MICRO, order_id="twice")
    await publish(producer, market.close())
    for _ in range(70):  # more than the market remembers
        market.now += 1_100
        market.buy("ann", Biome.SNOW, 1 * MICRO)
        await publish(producer, market.close())
    market.buy("ann", Biome.SNOW, 10 * MICRO, order_id="twice", placed_at=market.now - 60_000)
    await publish(producer, market.close())
    async with histories(environment, 1):
        await until_projected(database, market.ticks)
    outcome = await rows_of(database, "SELECT status, tick FROM orders WHERE order_id = 'twice'")
    assert outcome == [("filled", 1)]


async def test_a_follower_of_the_newest_tick_begins_with_it_and_all_its_events(
    bootstrap: str, producer: AIOKafkaProducer
) -> None:
    market = WrittenMarket()
    market.open("ann")
    for _ in range(30):
        market.buy("ann", Biome.SNOW, 1 * MICRO)
        market.now += 1_100
        await publish(producer, market.close())
    for _ in range(40):
        market.buy("ann", Biome.OCEAN, 1 * MICRO)
    last = market.close()
    await publish(producer, last)
    for _ in range(20):
        await publish(producer, last, abort=True)
    async with asyncio.timeout(WAIT_SECONDS), aclosing(follow_newest(bootstrap)) as batches:
        first = (await anext(batches))[0]
        assert (first.tick.tick, len(first.events)) == (31, 40)
        await publish(producer, market.close())
        assert [tick.tick.tick for tick in await anext(batches)] == [32]


async def test_a_follower_of_an_empty_log_begins_with_the_first_tick(
    bootstrap: str, producer: AIOKafkaProducer
) -> None:
    async with asyncio.timeout(WAIT_SECONDS), aclosing(follow_newest(bootstrap)) as batches:
        first = asyncio.create_task(anext(batches))
        await publish(producer, WrittenMarket().close())
        assert [tick.tick.tick for tick in await first] == [1]


async def test_replicas_that_migrate_at_once_do_not_hurt_each_other(empty_database: str) -> None:
    name = f"{empty_database.rpartition('/')[2]}_twice"
    async with await AsyncConnection.connect(empty_database, autocommit=True) as connection:
        await connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    url = f"{empty_database.rpartition('/')[0]}/{name}"
    await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(4)))
    assert await rows_of(url, "SELECT version_num FROM alembic_version") == [("0004",)]
