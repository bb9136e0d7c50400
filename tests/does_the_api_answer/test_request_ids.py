"""One id from the HTTP call through Kafka and PostgreSQL to the event of the stream; and failures that are seen like any answer."""

import asyncio
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
import structlog
from aiokafka.structs import RecordMetadata, TopicPartition
from fastapi import FastAPI
from starlette.responses import Response
from structlog.testing import capture_logs

import api.orders.origins
from api.auth.tokens import COOKIE
from api.live.encoding import private_events
from api.log_writer import LogWriter
from api.services import Services
from api.tick_cookie import COOKIE as TICK_COOKIE
from api.tick_cookie import remember
from schemas.decoding import decode_market_input
from schemas.messages.market_inputs import PlaceOrder
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop
from tests.does_the_api_answer.folded_market import FoldedMarket
from tests.does_the_api_answer.in_process import add_user, client_of, execute, replica, sign_in

BUY = {"biome": "snow", "amount_bdt": "10"}
MARKET = FoldedMarket()


@pytest.fixture(scope="module")
def tables(background: BackgroundLoop, database: str) -> str:
    """URL of a database in which history has a tick."""
    migrate(database)
    background.run(MARKET.project(database, through=1))
    return database


class Producer:
    """In the place of Kafka's: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, dict[str, bytes]]] = []

    async def send_and_wait(
        self, topic: str, value: bytes, *, key: bytes, partition: int | None, headers: list[tuple[str, bytes]]
    ) -> RecordMetadata:
        assert key
        assert partition is None
        self.sent.append((value, dict(headers)))
        return RecordMetadata(topic, 0, TopicPartition(topic, 0), len(self.sent), 0, 0, 0)


@pytest.fixture
async def application(tables: str) -> AsyncIterator[FastAPI]:
    async with replica(tables, orders_wait_seconds=5.0, cookie_secure=True) as application:
        yield application


@pytest.fixture
def producer(application: FastAPI) -> Producer:
    writer: LogWriter = services_of(application).writer
    producer = Producer()
    writer._producer = producer
    writer._connected.set()
    return producer


@pytest.fixture
async def client(application: FastAPI, tables: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application, token=await sign_in(application, await add_user(tables))) as client:
        yield client


def services_of(application: FastAPI) -> Services:
    services: Services = application.state.services
    return services


async def test_an_id_is_taken_if_it_is_one_and_made_if_not_and_stands_in_every_answer(application: FastAPI) -> None:
    async with client_of(application) as client:
        taken = await client.get("/health", headers={"X-Request-Id": "abc-1.2:3_4"})
        assert taken.headers["x-request-id"] == "abc-1.2:3_4"
        made = [
            (await client.get("/health", headers={"X-Request-Id": asked})).headers["x-request-id"]
            for asked in ("", "a b", "x" * 65, "{json}")
        ]
        refused = await client.get("/nowhere")
    assert len(set(made)) == 4
    assert all(len(one) == 36 for one in made)
    assert refused.json()["request_id"] == refused.headers["x-request-id"]


async def test_the_id_goes_with_an_order_to_kafka_and_comes_back_with_it_everywhere(
    application: FastAPI, producer: Producer, client: httpx.AsyncClient, tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.orders.origins, "LOOK_UP_SECONDS", 10.0)
    placed = await client.post("/biome-market/buy", json=BUY, headers={"X-Request-Id": "first"})
    assert placed.json()["request_id"] == "first"
    again = BUY | {"client_order_id": placed.json()["client_order_id"]}
    retried = await client.post("/biome-market/buy", json=again, headers={"X-Request-Id": "second"})
    assert (retried.json()["request_id"], retried.headers["x-request-id"]) == ("first", "second")
    (value, headers), (_, headers_of_the_retry) = producer.sent
    assert (headers, headers_of_the_retry) == ({"request_id": b"first"}, {"request_id": b"second"})
    assert b"first" not in value  # what is folded is the same whoever asked
    found = await client.get(f"/biome-market/orders/{placed.json()['order_id']}")
    assert found.json()["request_id"] == "first"

    async with replica(tables) as another:  # which did not take the order
        for one in (application, another):
            order_id = placed.json()["order_id"]
            assert await services_of(one).origins.of([order_id, "unknown"]) == {order_id: "first"}


def test_an_order_event_names_the_request() -> None:
    market = FoldedMarket("ann")
    (event,) = market.tick("ann").events
    assert b'"request_id":"first"' in private_events([event], {"order-1": "first"})[0]
    assert b'"request_id":null' in private_events([event], {})[0]


async def test_a_failure_that_nobody_thought_of_is_counted_and_has_every_header(
    application: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(services_of(application).orders, "record", fails)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        answer = await client.post("/biome-market/buy", json=BUY)
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "nobody" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert {"ratelimit", "content-security-policy"} <= set(answer.headers)
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    (line,) = [line for line in logs if line["event"] == "request_failed"]
    assert line["request_id"] == answer.headers["x-request-id"]
    counted = services_of(application).metrics.text().decode()
    assert 'biome_http_seconds_count{method="POST",route="/biome-market/buy",status="500"} 1.0' in counted


@pytest.mark.parametrize("authorization", ["Basic YTpi", "Bearer", "Bearer  ", "Token x"])
async def test_only_a_bearer_lets_another_site_pass_since_with_anything_else_the_cookie_speaks(
    application: FastAPI, tables: str, authorization: str
) -> None:
    cookies = httpx.Cookies({COOKIE: await sign_in(application, await add_user(tables))})
    headers = {"Authorization": authorization, "Sec-Fetch-Site": "cross-site"}
    async with client_of(application, cookies=cookies) as client:
        answer = await client.post("/auth/logout-everywhere", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "CROSS_SITE")


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_of_the_tick_is_as_secure_as_the_other(*, secure: bool) -> None:
    response = Response()
    remember(response, 7, secure=secure)
    assert bool(SimpleCookie(response.headers["set-cookie"])[TICK_COOKIE]["secure"]) is secure


async def test_a_retry_whose_outcome_the_hub_still_holds_is_answered_at_once(
    application: FastAPI, producer: Producer, client: httpx.AsyncClient
) -> None:
    """History is behind, and so does not have it; the future that was waited for before came too late for it."""
    placed, market = await placed_and_filled(client, producer)
    for whole in market.ticks:
        services_of(application).hub._take(whole)
    again = BUY | {"client_order_id": placed["client_order_id"]}
    async with asyncio.timeout(4):
        retried = await client.post("/biome-market/buy", params={"wait": "fill"}, json=again)
    assert (retried.status_code, retried.json()["status"], retried.json()["tick"]) == (200, "filled", 2)
    assert "Secure" in retried.headers["set-cookie"]
    assert len(producer.sent) == 1


async def test_a_retry_whose_outcome_passed_before_the_hub_began_is_answered_once_history_has_it(
    application: FastAPI, producer: Producer, client: httpx.AsyncClient, tables: str
) -> None:
    placed, market = await placed_and_filled(client, producer)
    services = services_of(application)
    services.hub._take(market.tick())  # the hub begins after the tick that filled it, and history is before that
    waiting = asyncio.create_task(
        client.post(
            "/biome-market/buy", params={"wait": "fill"}, json=BUY | {"client_order_id": placed["client_order_id"]}
        )
    )
    while len(producer.sent) < 2:  # noqa: ASYNC110 - the retry is under way
        await asyncio.sleep(0.01)
    await execute(
        tables,
        "INSERT INTO orders (order_id, player, biome, kind, quantity, placed_at_ms, status, tick, index, price, shares,"
        " cash, fee) SELECT order_id, player, biome, kind, quantity, placed_at_ms, 'filled', 2, 0, 1, 1, 1, 1"
        " FROM order_requests WHERE order_id = %s",
        (placed["order_id"],),
    )
    services.projected._advance(3)
    async with asyncio.timeout(4):
        retried = await waiting
    assert (retried.status_code, retried.json()["status"], retried.json()["tick"]) == (200, "filled", 2)


async def placed_and_filled(client: httpx.AsyncClient, producer: Producer) -> tuple[dict[str, Any], FoldedMarket]:
    """An order, and a market that filled it in tick 2."""
    placed = (await client.post("/biome-market/buy", json=BUY)).json()
    order = decode_market_input(producer.sent[-1][0])
    assert isinstance(order, PlaceOrder)
    market = FoldedMarket(order.player)
    market.place(order)
    assert len(market.tick().events) == 1
    return placed, market
