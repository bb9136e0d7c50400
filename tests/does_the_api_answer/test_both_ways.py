"""Orders that go the short way (api/orders/short_way.py) are answered as FastAPI's own way answers them."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from api.openapi import openapi_text
from api.orders.short_way import _ROUTES, ShortWay, _plainly_asked
from api.problems import install_problem_handlers

SHORT = "application/json"
FASTAPIS = "application/json; charset=utf-8"
"""The same to FastAPI, and nothing that the short way takes."""
SNOW = {"biome": "snow", "amount_bdt": "1.50"}
SELL = {"biome": "snow", "shares": "1"}
SHARES = {"biome": "snow", "shares": "0.5", "max_pay_bdt": "900"}
BOTH: list[tuple[str, Any, dict[str, str]]] = [
    ("buy", SNOW, {}),
    ("buy", SHARES, {}),
    ("buy", {**SNOW, "limit_price_bdt": "0.000001"}, {}),
    ("buy?wait=fill", {**SNOW, "limit_price_bdt": "0.000001"}, {}),
    ("buy?wait=fill", SNOW, {}),
    ("buy?wait=all", SNOW, {}),
    ("buy?wait=fill&wait=fill", SNOW, {}),
    ("buy?unknown=1", SNOW, {}),
    ("buy", {**SNOW, "client_order_id": "KEY"}, {}),
    ("buy", SNOW, {"Idempotency-Key": "KEY"}),
    ("buy", {**SNOW, "client_order_id": "KEY"}, {"Idempotency-Key": "KEY"}),
    ("buy", {**SNOW, "client_order_id": "KEY"}, {"Idempotency-Key": "another"}),
    ("buy", SNOW, {"Idempotency-Key": ""}),
    ("buy", SNOW, {"Idempotency-Key": "x" * 129}),
    ("buy", SNOW, {"Idempotency-Key": "caf\xe9"}),
    ("buy", {**SNOW, "client_order_id": ""}, {}),
    ("buy", {**SNOW, "client_order_id": None}, {}),
    ("buy", {**SNOW, "amount_bdt": 1.5}, {}),
    ("buy", {**SNOW, "biome": "moon"}, {}),
    ("buy", {**SNOW, "colour": "white"}, {}),
    ("buy", {"biome": "snow"}, {}),
    ("buy", [SNOW], {}),
    ("buy", None, {}),
    ("sell", SELL, {}),
    ("sell?wait=fill", SELL, {}),
    ("sell", SNOW, {}),
    ("sell", {**SELL, "max_pay_bdt": None}, {}),
]
OF_ONE_REQUEST = {
    "order_id",
    "client_order_id",
    "placed_at",
    "request_id",
    "tick",
    "shares",
    "price_bdt",
    "cash_bdt",
    "fee_bdt",
}


async def _answer(client: httpx.AsyncClient, asked: tuple[str, Any, dict[str, str]], content_type: str) -> Any:
    path, body, headers = asked
    key = uuid4().hex
    headers = {"Content-Type": content_type} | headers
    answer = await client.post(
        f"/biome-market/{path}",
        content=json.dumps(body).replace("KEY", key),
        headers=[(name.encode(), value.replace("KEY", key).encode("latin-1")) for name, value in headers.items()],
    )
    return answer.status_code, _without_what_differs(answer.json()), sorted(set(answer.headers) - {"set-cookie"})


def _without_what_differs(document: Any) -> Any:
    if isinstance(document, dict):
        return {
            name: value is None if name in OF_ONE_REQUEST else _without_what_differs(value)
            for name, value in document.items()
        }
    return document


@pytest.mark.parametrize("asked", BOTH, ids=[f"{path} {json.dumps(body)} {headers}" for path, body, headers in BOTH])
async def test_both_ways_answer_alike(player: httpx.AsyncClient, asked: tuple[str, Any, dict[str, str]]) -> None:
    assert await _answer(player, asked, SHORT) == await _answer(player, asked, FASTAPIS)


@pytest.mark.parametrize("content_type", [SHORT, FASTAPIS])
@pytest.mark.parametrize("credential", ["Bearer wrong", "Bearer bm_wrong", "Basic YTpi", "", None])
async def test_both_ways_refuse_strangers_alike(
    stranger: httpx.AsyncClient, content_type: str, credential: str | None
) -> None:
    stranger.headers.update({} if credential is None else {"Authorization": credential})
    status, document, headers = await _answer(stranger, ("buy", SNOW, {}), content_type)
    assert (status, document["code"]) == (401, "NOT_SIGNED_IN")
    assert "www-authenticate" in headers


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b'{"biome": "snow", "amount_bdt": "1"', {}),
        (b"", {}),
        (b'{"biome": "snow", "amount_bdt": NaN}', {}),
        (b'{"biome": "snow", "amount_bdt": "\xff"}', {}),
        ('{"biome": "snow", "amount_bdt": "1"}'.encode("utf-16"), {}),
    ],
)
async def test_both_ways_read_bytes_alike(player: httpx.AsyncClient, content: bytes, headers: dict[str, str]) -> None:
    answers = [
        await player.post("/biome-market/buy", content=content, headers={**headers, "Content-Type": content_type})
        for content_type in (SHORT, FASTAPIS)
    ]
    short, fastapis = ((answer.status_code, _without_what_differs(answer.json())) for answer in answers)
    assert short == fastapis


async def test_a_usual_order_goes_the_short_way() -> None:
    """The tests above would pass as well if none did."""
    application = FastAPI()
    install_problem_handlers(application)
    application.state.services = None
    assert set(_ROUTES) <= set(json.loads(openapi_text())["paths"])
    for path, order, quantity in (
        ("/api/v1/biome-market/buy", SNOW, 1_500_000),
        ("/api/v1/biome-market/sell", SELL, 1_000_000),
    ):
        scope = {
            "type": "http",
            "app": application,
            "method": "POST",
            "path": path,
            "query_string": b"wait=fill",
            "headers": [(b"content-type", b"application/json"), (b"idempotency-key", b"mine")],
        }
        body = json.dumps(order).encode()
        asked = _plainly_asked(scope, body, _ROUTES[path].model)
        assert asked is not None
        assert (asked.idempotency_key, asked.wait, asked.order.terms().quantity) == ("mine", True, quantity)
        sent: list[Message] = []

        async def receive(body: bytes = body) -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        await ShortWay(_no_router)(scope, receive, send)
        assert sent[0]["status"] == 401


async def _no_router(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError
