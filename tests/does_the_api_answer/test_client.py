"""Does the Python client say what the API says, blocking and async alike, and do its retries and its stream lose nothing?"""

import asyncio
import inspect
import json
import signal
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from httpx_sse import EventSource

from api.live.encoding import STALE, TICKING, goodbye
from api.live.models import ClosingReason
from api.openapi import openapi_text
from client import (
    AsyncBiomeMarket,
    BiomeMarket,
    Event,
    Markets,
    Order,
    Portfolio,
    PriceHistory,
    ProblemError,
    Snapshot,
    Tick,
    Token,
    Transactions,
    UnreachableError,
)
from client.models import Accepted, Account, Candles, Leaderboard, Me, PortfolioHistory, Quote, StreamStatus, Why
from client.stream import Resumption
from tests.does_the_api_answer.running_market import RunningMarket, new_user

IN_THE_DOCUMENT: dict[type[msgspec.Struct], str] = {
    Account: "AccountEvent",
    Accepted: "Accepted",
    Candles: "Candles",
    Leaderboard: "Leaderboard",
    Markets: "Markets",
    Me: "Me",
    Order: "Order",
    Portfolio: "Portfolio",
    PortfolioHistory: "PortfolioHistory",
    PriceHistory: "PriceHistory",
    Quote: "Quote",
    Snapshot: "SnapshotEvent",
    StreamStatus: "StatusEvent",
    Tick: "TickEvent",
    Token: "Token",
    Transactions: "Transactions",
    Why: "Why",
}
"""What each model is called in the OpenAPI document."""


@pytest.fixture
async def client(market: RunningMarket) -> AsyncIterator[AsyncBiomeMarket]:
    async with AsyncBiomeMarket(market.url) as client:
        await client.register(**new_user())
        yield client


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    read: dict[str, Any] = json.loads(openapi_text())
    return read


@pytest.mark.parametrize("model", IN_THE_DOCUMENT, ids=lambda model: model.__name__)
def test_a_model_has_only_fields_that_the_api_gives(model: type[msgspec.Struct], document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"][IN_THE_DOCUMENT[model]]
    assert set(model.__struct_fields__) <= set(schema["properties"])


def test_the_two_clients_have_the_same_methods() -> None:
    def methods(kind: type[Any]) -> dict[str, tuple[list[str], str | None]]:
        return {
            name: (list(inspect.signature(method).parameters), inspect.getdoc(method))
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(AsyncBiomeMarket) == methods(BiomeMarket)


def test_an_amount_is_not_a_float() -> None:
    with BiomeMarket() as client, pytest.raises(TypeError, match="Decimal"):
        client.buy("snow", amount_bdt=0.1)  # type: ignore[arg-type]


def test_trading_with_the_blocking_client(market: RunningMarket) -> None:
    user = new_user()
    with BiomeMarket(market.url) as client:
        assert client.register(**user).player.username == user["username"]
        assert client.me().account == "open"
        bought = client.buy("snow", amount_bdt=Decimal("12.5"))
        assert (bought.status, bought.cash_bdt) == ("filled", Decimal("12.5"))
        assert bought.shares is not None
        held = client.portfolio(at_least_tick=bought.tick).holdings
        assert [(one.biome, one.shares) for one in held] == [("snow", bought.shares)]
        sold = client.sell("snow", shares=bought.shares, client_order_id="all of it")
        assert client.sell("snow", shares=bought.shares, client_order_id="all of it") == sold
        assert list(client.all_transactions()) == [sold, bought]
        assert client.order(sold.order_id) == sold
        assert client.track_attention(("snow", 3), ("desert", 2)) == 2
        assert client.markets().market("snow").price_bdt > 0
        assert client.price_history("snow").points
        assert client.candles("snow", limit=1).candles[-1].last_tick >= 1
        quoted = client.quote("buy", "snow", amount_bdt=10)
        assert (quoted.total_bdt, quoted.rejection) == (Decimal("10.2"), None)
        assert client.portfolio_history(hours=1).points[-1].cash_bdt == client.portfolio().cash_bdt
        assert sold.tick is not None
        assert {move.biome for move in client.why(sold.tick).moves} >= {"snow", "ocean"}
        assert client.leaderboard(limit=1).tick >= 1
    with BiomeMarket(market.url) as again:
        again.login(**user)
        assert next(iter(again.stream())).orders[0] == sold  # type: ignore[union-attr]


async def test_a_rejection_is_an_exception_with_its_code_and_the_order(client: AsyncBiomeMarket) -> None:
    with pytest.raises(ProblemError) as rejected:
        await client.sell("snow", shares=1)
    assert rejected.value.code == "INSUFFICIENT_SHARES"
    assert rejected.value.problem.order is not None
    assert rejected.value.problem.order.status == "rejected"
    with pytest.raises(ProblemError) as invalid:
        await client.buy("the moon", amount_bdt=1)
    assert invalid.value.code == "INVALID"
    assert invalid.value.problem.errors


async def test_an_address_where_nothing_answers_is_said_to_be_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.asynchronous.PATIENCE_SECONDS", 0.3)
    async with AsyncBiomeMarket("http://127.0.0.1:1") as client:
        with pytest.raises(UnreachableError, match=r"GET /biome-market/markets"):
            await client.markets()


async def test_a_stream_goes_on_over_a_kill_and_an_order_sent_meanwhile_fills_once(
    market: RunningMarket, client: AsyncBiomeMarket
) -> None:
    events: list[Event] = []
    begun, told = asyncio.Event(), asyncio.Event()

    async def follow() -> None:
        async for event in client.stream():
            events.append(event)
            begun.set()
            if isinstance(event, Order):
                told.set()

    following = asyncio.create_task(follow())
    try:
        await begun.wait()
        market.api.stop(signal.SIGKILL)
        placing = asyncio.create_task(client.buy("forest", amount_bdt=10, client_order_id="through the kill"))
        market.api.start()
        order = await placing
        await told.wait()
    finally:
        following.cancel()
    assert order.status == "filled"
    assert [event for event in events if isinstance(event, Order)] == [order] or order in [
        one for event in events if isinstance(event, Snapshot) for one in event.orders
    ]
    assert len([one async for one in client.all_transactions()]) == 1


async def test_a_stream_that_the_server_ends_says_so_and_goes_on(
    market: RunningMarket, client: AsyncBiomeMarket
) -> None:
    events = client.stream()
    assert isinstance(await anext(events), Snapshot)
    market.api.stop()
    ended = await anext(event async for event in events if isinstance(event, StreamStatus))
    assert (ended.status, ended.reason) == ("closing", "stopping")
    market.api.start()
    await anext(event async for event in events if isinstance(event, Snapshot | Tick))


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [(STALE, "stale", None), (TICKING, "ticking", None), (goodbye(ClosingReason.RIGHTS), "closing", "rights")],
    ids=["stale", "ticking", "closing"],
)
def test_what_a_stream_says_of_itself_is_typed_and_gains_it_no_patience(
    sent: bytes, status: str, reason: str | None
) -> None:
    resumption = Resumption(patience_seconds=0.0)
    (received,) = EventSource(
        httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=sent)
    ).iter_sse()
    for _ in range(2):
        told = resumption.take(received)
        assert isinstance(told, StreamStatus)
        assert (told.status, told.reason) == (status, reason)
    with pytest.raises(UnreachableError):
        resumption.lose_patience("it ended")


async def test_a_stream_that_may_not_be_had_ends_with_the_reason(market: RunningMarket) -> None:
    async with AsyncBiomeMarket(market.url, token="not a token") as client:
        with pytest.raises(ProblemError) as refused:
            await anext(client.stream())
    assert refused.value.problem.status == httpx.codes.UNAUTHORIZED
