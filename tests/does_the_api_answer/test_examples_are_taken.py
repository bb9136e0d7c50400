"""Each example of a request body in the OpenAPI document is sent to a real API, which understands it."""

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from api.auth.tokens import operator_token
from api.openapi import openapi_text
from tests.does_the_api_answer.running_market import WAIT_SECONDS, RunningMarket

DOCUMENT: Final[dict[str, Any]] = json.loads(openapi_text())
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and a body."""
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                for example in _examples(operation["requestBody"]["content"]["application/json"]["schema"]):
                    yield method, path, example


def _examples(schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        found: list[dict[str, Any]] = SCHEMAS[schema["$ref"].rpartition("/")[2]].get("examples", [])
        return found
    return [example for one in schema.get("anyOf", []) for example in _examples(one)]


def test_every_request_with_a_body_has_an_example() -> None:
    with_body = {
        (path, method) for path, of in DOCUMENT["paths"].items() for method in of if "requestBody" in of[method]
    }
    assert {(path, method) for method, path, _ in bodies()} == with_body


@pytest.mark.parametrize(("method", "path", "body"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in bodies()])
async def test_it_is_understood(
    market: RunningMarket, player: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    """Whatever the market makes of it: a player of the name of the example may not exist, or may already."""
    headers = {}
    if "/admin/" in path:
        headers["Authorization"] = f"Bearer {operator_token(market.environment['BIOME_JWT_SECRET'], name='examples')}"
    answer = await player.request(
        method, f"{market.url}{path.replace('{offset}', '999999')}", json=body, headers=headers, timeout=WAIT_SECONDS
    )
    if path.endswith("/halt"):
        resumed = await player.post(
            "/admin/resume", json={"reason": "seen", "biome": body.get("biome")}, headers=headers
        )
        assert resumed.status_code == httpx.codes.OK
    assert answer.status_code not in {400, 404, 405, 422, 500} or answer.json()["code"] == "NOT_FOUND", answer.text
