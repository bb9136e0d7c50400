"""Every code with which the API says no can be had over HTTP, is the one that docs/errors.md lists, and leaks nothing."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from psycopg import AsyncConnection

import api.protection
from api.auth.tokens import operator_token
from api.catalogue import page
from api.live.hub import Hub
from api.problems import CATALOGUE
from schemas.rejections import SENTENCES, Rejection
from streams.durable.fold import CannotFoldError
from streams.history.migration import migrate
from streams.history.partitions import make_room
from tests.does_the_api_answer.in_process import add_user, client_of, replica, sign_in
from tests.does_the_api_answer.running_market import RunningMarket

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
MOST_STREAMS_A_PLAYER: Final = 20
BUY: Final = "/biome-market/buy"
SELL: Final = "/biome-market/sell"
TEN: Final = {"biome": "plains", "amount_bdt": "10"}


def test_the_page_of_errors_is_todays() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == page(), "python -m api.catalogue > docs/errors.md"


def test_a_code_is_listed_once_and_says_what_to_do() -> None:
    codes = [kind.code for kind in CATALOGUE] + [code.value for code in Rejection]
    assert len(set(codes)) == len(codes)
    assert all(kind.title and kind.what_to_do.endswith(".") for kind in CATALOGUE)
    assert set(SENTENCES) == set(Rejection)


@pytest.mark.parametrize("code", sorted(kind.code for kind in CATALOGUE))
def test_some_test_has_each_refusal_from_the_api(code: str) -> None:
    said = re.compile(rf'"{code}"')
    assert any(said.search(file.read_text()) for file in HERE.glob("test_*.py")), f"No test is answered {code}."


# Rejections: by a real market.


@pytest.fixture
async def operator(market: RunningMarket) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever has the secret that signs tokens."""
    token = operator_token(market.environment["BIOME_JWT_SECRET"], name="the test")
    async with market.client(token=token) as client:
        yield client


@asynccontextmanager
async def settings(operator: httpx.AsyncClient, **change: Any) -> AsyncIterator[None]:
    """Other settings meanwhile."""
    before = (await operator.get("/admin/settings")).json()
    await _change(operator, change)
    try:
        yield
    finally:
        await _change(operator, {name: before[name] for name in change})


async def _change(operator: httpx.AsyncClient, change: dict[str, Any]) -> None:
    answer = await operator.patch("/admin/settings", json={"settings": change, "reason": "to see what is refused"})
    assert answer.json().get("status") == "applied", answer.text


async def rejected(player: httpx.AsyncClient, path: str = BUY, **body: str) -> str:
    """The code of an order that is rejected, after a look at its problem document."""
    answer = await player.post(path, params={"wait": "fill"}, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["order"]["status"]) == (409, "rejected"), answer.text
    assert problem["type"] == f"urn:biome-market:problem:{problem['code']}"
    assert problem["order"]["rejection"] == {"code": problem["code"], "detail": problem["detail"]}
    code: str = problem["code"]
    return code


async def test_an_order_that_asks_for_too_much_or_too_little_is_told_which(player: httpx.AsyncClient) -> None:
    assert await rejected(player, **TEN, limit_price_bdt="0.01") == "LIMIT_NOT_MET"
    assert await rejected(player, biome="plains", amount_bdt="0.5") == "ORDER_TOO_SMALL"
    assert await rejected(player, biome="plains", amount_bdt="999999") == "ORDER_TOO_LARGE"
    assert await rejected(player, biome="plains", shares="1", max_pay_bdt="0.01") == "MAX_PAY_EXCEEDED"
    assert await rejected(player, biome="plains", amount_bdt="10000") == "INSUFFICIENT_FUNDS"
    assert await rejected(player, SELL, biome="plains", shares="1") == "INSUFFICIENT_SHARES"


async def test_what_the_settings_forbid_is_told_too(player: httpx.AsyncClient, operator: httpx.AsyncClient) -> None:
    async with settings(operator, smallest_buy_bdt="0.000001"):
        assert await rejected(player, biome="plains", amount_bdt="0.000001") == "NOTHING_TO_FILL"
    async with settings(operator, smallest_price_bdt="1000000"):
        assert await rejected(player, **TEN) == "PRICE_TOO_LOW"
    async with settings(operator, minimum_hold_ticks=100_000):
        assert (await player.post(BUY, params={"wait": "fill"}, json=TEN)).json()["status"] == "filled"
        assert await rejected(player, SELL, biome="plains", shares="0.01") == "MINIMUM_HOLD"
    async with settings(operator, orders_per_minute=1):
        assert await rejected(player, **TEN) == "TOO_MANY_ORDERS"


async def test_a_halted_biome_and_a_frozen_account_are_told(
    player: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    me = (await player.get("/auth/me")).json()["id"]
    await operator.post("/admin/halt", json={"biome": "plains", "reason": "to see what is refused"})
    try:
        assert await rejected(player, **TEN) == "HALTED"
    finally:
        await operator.post("/admin/resume", json={"biome": "plains", "reason": "seen"})
    await operator.post("/admin/freeze", json={"player": me, "reason": "to see what is refused"})
    assert await rejected(player, **TEN) == "ACCOUNT_FROZEN"


async def test_attention_that_stands_still_is_told(
    player: httpx.AsyncClient, operator: httpx.AsyncClient, market: RunningMarket
) -> None:
    assert market.attention.running is not None
    async with settings(operator, attention_stale_ms=500):
        market.attention.running.send_signal(signal.SIGSTOP)
        try:
            codes = [await rejected_or_filled(player) for _ in range(6)]
        finally:
            market.attention.running.send_signal(signal.SIGCONT)
    assert "ATTENTION_STALE" in codes


async def rejected_or_filled(player: httpx.AsyncClient) -> str:
    """The first tick after attention stood still may still have what it had reported."""
    answer = (await player.post(BUY, params={"wait": "fill"}, json=TEN)).json()
    return str(answer.get("code", "filled"))


async def test_a_player_whom_the_market_does_not_know_is_told(market: RunningMarket) -> None:
    credentials = await add_user(market.database)  # open, as far as PostgreSQL knows
    async with market.client() as nobody:
        await nobody.post("/auth/login", json=credentials)
        assert await rejected(nobody, **TEN) == "NO_ACCOUNT"


async def test_an_order_of_nothing_does_not_reach_the_market(player: httpx.AsyncClient) -> None:
    """So INVALID_QUANTITY is for those alone who write to the log themselves; as is EXPIRED for orders that were lost on the way
    (test_placing_orders.py).
    """
    answer = await player.post(BUY, json={"biome": "plains", "amount_bdt": "0"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_a_player_with_too_many_streams_is_told(player: httpx.AsyncClient) -> None:
    async with AsyncExitStack() as streams:
        answers = [
            await streams.enter_async_context(player.stream("GET", "/biome-market/stream"))
            for _ in range(MOST_STREAMS_A_PLAYER + 1)
        ]
        assert [answer.status_code for answer in answers] == [200] * MOST_STREAMS_A_PLAYER + [429]
        refused = json.loads(await answers[-1].aread())
    assert refused["code"] == "TOO_MANY_STREAMS"


# Refusals that no healthy market gives: by an API of the test's own.


@pytest.fixture
async def application(database: str) -> AsyncIterator[FastAPI]:
    await asyncio.to_thread(migrate, database)
    async with replica(database) as running:
        yield running


async def test_a_failure_of_ours_is_told_without_its_trace(
    application: FastAPI, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await sign_in(application, await add_user(database))

    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("api.auth.keys.valid_keys", fail)
    async with client_of(application, token=token) as client:
        answer = await client.get("/auth/api-keys")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_database_that_is_away_is_told(application: FastAPI, database: str) -> None:
    credentials = await add_user(database)
    await application.state.services.pool.close()
    async with client_of(application, address="127.0.0.1") as client:
        answer = await client.post("/auth/login", json=credentials)
    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


async def test_a_body_that_comes_too_slowly_is_told(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.protection, "BODY_SECONDS", 0.01)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with client_of(application) as client:
        answer = await client.post("/auth/login", content=slowly(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")


async def test_a_tick_that_is_not_kept_is_told(application: FastAPI, database: str) -> None:
    async with await AsyncConnection.connect(database) as connection, connection.cursor() as cursor:
        await make_room(cursor, first=20_000, last=20_000)
        await cursor.execute("INSERT INTO ticks (tick, closed_at_ms, hash, body) VALUES (20000, 1, '', '')")
    async with client_of(application) as client:
        answer = await client.get("/biome-market/ticks/1")
    assert (answer.status_code, answer.json()["code"]) == (410, "TICK_NOT_KEPT")


async def test_rules_that_this_server_does_not_know_are_told(
    application: FastAPI, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def situation(*_arguments: object) -> SimpleNamespace:
        return SimpleNamespace(tick=SimpleNamespace(tick=1), known=None)

    def newer(*_arguments: object) -> None:
        raise CannotFoldError("rules 999")

    monkeypatch.setattr("api.quote.routes.read_situation", situation)
    monkeypatch.setattr("api.quote.routes.quote", newer)
    token = await sign_in(application, await add_user(database))
    async with client_of(application, token=token) as client:
        answer = await client.post("/biome-market/quote", json={**TEN, "side": "buy"})
    assert (answer.status_code, answer.json()["code"]) == (503, "RULES_UNKNOWN")


@pytest.mark.parametrize("what", ["", "/why", "/body"])
async def test_a_tick_that_was_told_of_is_waited_for(
    application: FastAPI, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """History is a moment behind the stream: a tick that a page has just seen is not one that does not exist."""
    monkeypatch.setattr("api.told.WAIT_SECONDS", 0.05)
    monkeypatch.setattr(Hub, "newest", SimpleNamespace(tick=SimpleNamespace(tick=10**9)))
    async with client_of(application) as client:
        told = await client.get(f"/biome-market/ticks/{10**9}{what}")
        unknown = await client.get(f"/biome-market/ticks/{10**9 + 1}{what}")
    assert (told.status_code, told.json()["code"]) == (503, "TICK_NOT_REACHED")
    assert unknown.json()["code"] in {"NO_TICK_YET", "NOT_FOUND"}
