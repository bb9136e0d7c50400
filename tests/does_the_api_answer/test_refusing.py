"""What the API refuses, and how it says so; and what it serves besides its routes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from ops.kafka import Kafka
from tests.does_the_api_answer.running_market import RunningMarket

BUY = "/biome-market/buy"
PATIENCE_SECONDS: Final = 60.0


async def test_an_unknown_address_is_a_problem_document(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/biome-market/tulips")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:biome-market:problem:NOT_FOUND",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address.",
        "code": "NOT_FOUND",
        "request_id": answer.headers["x-request-id"],
    }


async def test_a_body_that_is_too_large_is_refused_whether_its_length_is_stated_or_not(
    someone: httpx.AsyncClient,
) -> None:
    async def in_chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 10_000

    for content in (b" " * 100_000, in_chunks()):
        answer = await someone.post(BUY, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"\xff"', b'{"biome": "\\u0000"}', b"[" * 50_000])
async def test_a_body_that_is_no_order_is_refused_and_never_a_failure(
    someone: httpx.AsyncClient, content: bytes
) -> None:
    answer = await someone.post(BUY, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {"biome": "snow", "points": 0},
        {"biome": "snow", "points": 1.5},
        {"biome": "snow", "points": "3"},
        {"biome": "snow", "points": True},
        {"biome": "snow", "points": 10**9},
        {"pings": []},
        {"pings": [{"biome": "snow", "points": 1}] * 101},
        {"pings": [{"biome": "snow", "points": 1}], "player": "another"},
    ],
)
async def test_pings_that_make_no_sense_are_refused(someone: httpx.AsyncClient, body: dict[str, object]) -> None:
    answer = await someone.post("/biome-market/track-attention", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_a_tick_that_is_not_reached_in_time_is_said_so(someone: httpx.AsyncClient) -> None:
    answer = await someone.get("/biome-market/portfolio", params={"at_least_tick": 10**9})
    assert (answer.status_code, answer.json()["code"]) == (503, "TICK_NOT_REACHED")
    assert answer.headers["retry-after"] == "1"


async def test_every_answer_carries_the_headers_that_protect_browsers(stranger: httpx.AsyncClient) -> None:
    for path in ("/health", "/biome-market/tulips"):
        headers = (await stranger.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "script-src 'self';" in headers["content-security-policy"]


def test_the_page_is_asked_for_again_and_its_hashed_assets_never(market: RunningMarket) -> None:
    page = httpx.get(f"{market.url}/")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")
    assert page.headers["content-type"].startswith("text/html")
    asset = httpx.get(f"{market.url}/assets/app-1a2b3c.js")
    assert (asset.status_code, asset.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert httpx.get(f"{market.url}/../../etc/passwd").status_code == 404
    assert httpx.get(f"{market.url}/%2e%2e/market.log").status_code == 404


def test_the_openapi_document_is_served_and_printed_the_same(market: RunningMarket) -> None:
    served = httpx.get(f"{market.url}/openapi.json", timeout=60)  # the first one is made when it is asked for
    printed = subprocess.run([sys.executable, "-m", "api.openapi"], capture_output=True, timeout=60, check=True).stdout
    assert httpx.Response(200, content=printed).json() == served.json()
    assert {"SnapshotEvent", "TickEvent", "AccountEvent", "Order", "Problem"} <= set(
        served.json()["components"]["schemas"]
    )
    assert httpx.get(f"{market.url}/docs").status_code == 200


async def test_a_price_history_is_ordered_and_ends_at_the_newest_tick_that_history_has(
    stranger: httpx.AsyncClient,
) -> None:
    history = (await stranger.get("/biome-market/price-history/snow", params={"hours": 1})).json()
    ticks = [point["tick"] for point in history["points"]]
    assert (history["biome"], history["hours"]) == ("snow", 1)
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= (await stranger.get("/biome-market/markets")).json()["tick"]


def test_without_a_secret_the_api_does_not_start_and_says_what_to_do(market: RunningMarket) -> None:
    ended = _run_api(market, BIOME_JWT_SECRET="")
    assert ended.returncode == 1
    assert "BIOME_JWT_SECRET" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_on_a_taken_port_the_api_does_not_start_and_says_what_to_do(market: RunningMarket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = _run_api(market, BIOME_API_PORT=str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert "BIOME_API_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def _run_api(market: RunningMarket, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ops.command", "run", "api"],
        env={**os.environ, **market.environment, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def _send_until_decided(player: httpx.AsyncClient, body: dict[str, str], market: RunningMarket) -> dict[str, Any]:
    """As a client does after a 503, while the market comes back: the same order again, until its outcome is known."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            market.start_what_ended()  # a Kafka that stood still for longer than a session ends its workers
            answer = await player.post(BUY, params={"wait": "fill"}, json=body)
            said: dict[str, Any] = answer.json()
            if answer.status_code == httpx.codes.OK:
                return said
            if "order" in said:
                order: dict[str, Any] = said["order"]
                return order
            unsure = said["code"] if answer.is_error else said["status"]
            assert unsure in {"LOG_UNAVAILABLE", "pending"}, answer.text


async def test_an_order_that_kafka_did_not_acknowledge_can_be_sent_again_and_happens_once(
    player: httpx.AsyncClient, kafka_of_the_api: Kafka, market: RunningMarket
) -> None:
    process = kafka_of_the_api.process
    assert process is not None
    body = {"biome": "snow", "amount_bdt": "10", "client_order_id": "once"}
    os.kill(process.pid, signal.SIGSTOP)
    try:
        unsure = await player.post(BUY, json=body)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert (unsure.status_code, unsure.json()["code"]) == (503, "LOG_UNAVAILABLE")
    assert "once" in unsure.json()["detail"]
    order = await _send_until_decided(player, body, market)
    assert order["status"] == "filled" or order["rejection"]["code"] == "EXPIRED"
    await player.get("/biome-market/portfolio", params={"at_least_tick": order["tick"] + 3})
    transactions = (await player.get("/biome-market/transactions")).json()["items"]
    assert transactions == [order]
    cash = (await player.get("/biome-market/portfolio")).json()["cash_bdt"]
    assert cash == ("9989.80" if order["status"] == "filled" else "10000.00")
