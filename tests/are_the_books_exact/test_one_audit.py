"""`biome audit` on a real log: exact books are called exact, and each planted fault is told in a sentence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest

from ops.audit.database import newest_tick
from ops.audit.projection import ProjectionAudit
from ops.audit.run import audit
from ops.audit.state import ProjectionPlace
from ops.repair.history import repair_history
from schemas.biomes import Biome
from schemas.decoding import decode_trade_event
from schemas.environment import Environment
from schemas.messages.market_inputs import OrderKind, PlaceOrder
from schemas.messages.trade_events import Rejected
from schemas.rejections import Rejection
from schemas.topics import ATTENTION_STATE, DEAD_LETTERS, MARKET_PRICES, MARKET_STATE, TRADE_EVENTS
from schemas.units import MICRO
from streams.history.service import run as project_for_ever
from streams.market.core.account import REFUSALS_REMEMBERED
from tests.are_the_books_exact.logged_market import LoggedMarket, changed, twice, without

pytestmark = pytest.mark.timeout(300)  # the first one starts Kafka

PROJECTION_SECONDS = 30


@asynccontextmanager
async def history(environment: Environment) -> AsyncIterator[None]:
    task = asyncio.create_task(project_for_ever(environment))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def projected(environment: Environment, tick: int) -> None:
    async with (
        asyncio.timeout(PROJECTION_SECONDS),
        await psycopg.AsyncConnection.connect(
            environment.database_url.get_secret_value(), autocommit=True
        ) as connection,
    ):
        while await newest_tick(connection) < tick:  # noqa: ASYNC110 - it is history that projects
            await asyncio.sleep(0.05)


async def run_sql(environment: Environment, statement: str) -> None:
    url = environment.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        assert (await connection.execute(statement)).rowcount == 1


async def audited(environment: Environment) -> list[str]:
    return await audit(environment, print)


async def trade(market: LoggedMarket, ticks: int) -> None:
    """Players open accounts, give attention, and buy; garbage comes in; an order comes again when its deadline is past."""
    await market.open("ann", "bob")
    for number in range(ticks):
        await market.ping("ann", Biome.SNOW, 7)
        await market.ping("bob", Biome.OCEAN, 3 + number % 12)
        await market.send_raw_ping(b"garbage")
        await market.send_raw(b"garbage")
        await market.buy("ann", Biome.SNOW, (number + 1) * MICRO)
        await market.buy("bob", Biome.BEACH, MICRO // 2)  # below the smallest
        await market.close()


async def flood(market: LoggedMarket) -> None:
    """More orders than an account remembers, one of which is told twice that they are too many."""
    orders = [await market.buy("bob", Biome.SNOW, MICRO) for _ in range(60 + REFUSALS_REMEMBERED + 1)]
    placed_at = market.now
    commit = await market.close()
    await market.buy("bob", Biome.SNOW, MICRO, order_id=orders[60], placed_at=placed_at)
    for one in (commit, await market.close()):
        outcomes = [decode_trade_event(output.value) for output in one.outputs if output.topic == TRADE_EVENTS.name]
        told = [event.code for event in outcomes if isinstance(event, Rejected) and event.order.order_id == orders[60]]
        assert told == [Rejection.TOO_MANY_ORDERS]


async def compared_beside(environment: Environment, tick: int) -> list[str]:
    """What an auditor beside the market finds in PostgreSQL, tick by tick."""
    url = environment.database_url.get_secret_value()
    async with ProjectionAudit(environment.kafka_bootstrap, url, ProjectionPlace()) as comparison:
        async with asyncio.timeout(PROJECTION_SECONDS):
            while comparison.place.tick < tick and not comparison.faults:
                comparison.check()
                await asyncio.sleep(0.05)
        return comparison.faults


async def test_exact_books_are_called_exact_with_everything_that_may_happen_to_a_log(
    market: LoggedMarket, environment: Environment
) -> None:
    await trade(market, 4)
    await market.ping_and_abort("bob", Biome.FOREST, 2)
    market.configure(cap=3)
    await trade(market, 3)
    old = PlaceOrder(
        v=1,
        order_id="order-1",
        player="ann",
        biome=Biome.SNOW,
        kind=OrderKind.BUY_CASH,
        quantity=MICRO,
        placed_at=market.now - 60_000,
    )
    await market.say(old)
    await market.close()
    await flood(market)
    async with history(environment):
        await projected(environment, market.ticks)
    assert await compared_beside(environment, market.ticks) == []
    assert await audited(environment) == []


async def test_each_fault_that_was_planted_in_the_topics_is_told(
    market: LoggedMarket, environment: Environment
) -> None:
    await trade(market, 1)
    faults = {
        "events of the refold were not published": without(TRADE_EVENTS.name, 1),
        "published events are there twice": twice(TRADE_EVENTS.name),
        "rows of market.prices of the refold were not published": without(MARKET_PRICES.name, 6),
        "rows of market.prices are not those of the refold": changed(
            MARKET_PRICES.name, b'"attention":', b'"attention":1'
        ),
        "dead letters of the refold were not published": without(DEAD_LETTERS.name),
    }
    for twist in faults.values():
        await market.buy("ann", Biome.SNOW, MICRO)
        await market.buy("bob", Biome.SNOW, 2 * MICRO)
        await market.send_raw(b"garbage")
        await market.close(twist=twist)
    await market.close()

    found = await audited(environment)

    for number, sentence in enumerate(faults, 2):
        assert any(fault.startswith(f"tick {number}: ") and sentence in fault for fault in found), (sentence, found)


async def test_a_report_of_attention_that_lies_is_told(market: LoggedMarket, environment: Environment) -> None:
    await trade(market, 2)
    await market.ping("ann", Biome.SNOW, 2)
    lie = changed("market.inputs", b'"taken":[', b'"taken":[1')
    await market.close(twist_report=lie)
    found = await audited(environment)
    assert any(
        "attention shard 0, up to offset" in fault and "reported as points for ocean" in fault for fault in found
    )


async def test_a_report_beyond_the_end_of_the_pings_is_told(market: LoggedMarket, environment: Environment) -> None:
    await trade(market, 2)
    await market.ping("ann", Biome.SNOW, 2)
    await market.close(twist_report=changed("market.inputs", b'"offset":', b'"offset":9'))
    found = await audited(environment)
    assert any("which its log does not have yet" in fault for fault in found)


@pytest.mark.parametrize("topic", [MARKET_STATE.name, ATTENTION_STATE.name])
async def test_a_row_of_state_that_somebody_wrote_is_told(
    topic: str, market: LoggedMarket, environment: Environment
) -> None:
    await trade(market, 2)
    await market.commit_rows(topic, {b"account:mallory": b"{}"})
    assert f"{topic} 0: the rows do not have the digest that was committed with them" in await audited(environment)


async def test_what_was_changed_in_postgresql_is_told(market: LoggedMarket, environment: Environment) -> None:
    await trade(market, 3)
    async with history(environment):
        await projected(environment, 3)
    await run_sql(environment, "UPDATE accounts SET cash = cash + 1 WHERE player = 'ann'")
    await run_sql(environment, "UPDATE orders SET limit_price = 1 WHERE order_id = 'order-1'")
    await run_sql(environment, "UPDATE orders SET code = 'EXPIRED' WHERE order_id = 'order-2'")
    await run_sql(environment, "UPDATE holdings SET cost_basis = cost_basis + 1 WHERE player = 'ann'")
    assert await compared_beside(environment, 3) == [
        f"PostgreSQL: the outcome of order order-{number} is not that of tick 1" for number in (1, 2)
    ]
    found = await audited(environment)
    assert (
        "PostgreSQL at tick 3: 1 accounts have other fees, costs or gains than their orders make, the first is ann"
        in found
    )
    assert "PostgreSQL at tick 3: 1 accounts differ, the first is ann" in found
    assert any("outcomes of orders that are not the" in fault for fault in found)

    async with history(environment):  # a running one is told by the offsets that it has to begin again
        await market.close()
        await projected(environment, 4)
        await run_sql(environment, "INSERT INTO users VALUES (gen_random_uuid(), 'ann', 'hash', now(), 1)")
        assert await asyncio.to_thread(repair_history, environment) == 0
        await market.close()
        await projected(environment, 5)
    assert await audited(environment) == []
    await run_sql(environment, "UPDATE users SET opened_at_tick = 1")
