"""Sessions that end, passwords that change, and keys that may do what they were made for."""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.auth.callers import REMEMBERED_SECONDS, RENEWED_SECONDS
from api.auth.keys import MOST_KEYS
from api.auth.tokens import SignedIn, operator_token
from streams.history.migration import migrate
from tests.does_the_api_answer.in_process import (
    PASSWORD,
    SECRET,
    add_user,
    client_of,
    execute,
    replica,
    sign_in,
)

NEW_PASSWORD = "another horse battery"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def tables(database: str) -> str:
    """URL of a database with the tables."""
    migrate(database)
    return database


@pytest.fixture
async def application(tables: str) -> AsyncIterator[FastAPI]:
    async with replica(tables) as application:
        yield application


@pytest.fixture
async def credentials(tables: str) -> dict[str, str]:
    return await add_user(tables)


@pytest.fixture
async def session(application: FastAPI, credentials: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application, token=await sign_in(application, credentials)) as client:
        yield client


class _LaterBy:
    """In the place of the module: a clock that is ahead."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def monotonic(self) -> float:
        return time.monotonic() + self._seconds


async def me_of(application: FastAPI, credential: str) -> tuple[int, str | None]:
    async with client_of(application, token=credential) as client:
        answer = await client.get("/auth/me")
    return answer.status_code, answer.json().get("code")


async def make_key(session: httpx.AsyncClient, *scopes: str, **more: str) -> dict[str, Any]:
    answer = await session.post("/auth/api-keys", json={"name": "a bot", "scopes": list(scopes), **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_logging_out_everywhere_ends_every_token_on_every_replica(
    tables: str, application: FastAPI, credentials: dict[str, str]
) -> None:
    tokens = [await sign_in(application, credentials) for _ in range(2)]
    async with replica(tables) as another, client_of(application, token=tokens[0]) as client:
        assert await me_of(another, tokens[1]) == (200, None)
        assert (await client.post("/auth/logout-everywhere")).status_code == 204
        assert await me_of(application, tokens[0]) == (401, "NOT_SIGNED_IN")
        assert await me_of(application, tokens[1]) == (401, "NOT_SIGNED_IN")
        async with asyncio.timeout(10):
            while await me_of(another, tokens[1]) == (200, None):  # noqa: ASYNC110 - PostgreSQL tells it
                await asyncio.sleep(0.02)
        assert await me_of(another, await sign_in(application, credentials)) == (200, None)


async def token_of_an_ended_session(tables: str, application: FastAPI, credentials: dict[str, str]) -> str:
    """A token that the replica has seen, and whose session was ended since without a word to the replica."""
    token = await sign_in(application, credentials)
    assert await me_of(application, token) == (200, None)
    update = "UPDATE users SET session_version = session_version + 1 WHERE username = %s"
    await execute(tables, update, (credentials["username"],))
    return token


async def test_a_replica_that_is_not_told_finds_out_by_itself(
    tables: str, application: FastAPI, credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await token_of_an_ended_session(tables, application, credentials)
    assert await me_of(application, token) == (200, None)
    monkeypatch.setattr("api.auth.callers.time", _LaterBy(REMEMBERED_SECONDS + 1))
    assert await me_of(application, token) == (401, "NOT_SIGNED_IN")


async def test_who_keeps_coming_is_read_anew_before_they_are_forgotten(
    tables: str, application: FastAPI, credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await token_of_an_ended_session(tables, application, credentials)
    # The time stands still: nobody is forgotten.
    (remembered,) = application.state.services.callers._remembered.values()
    later = remembered.until - RENEWED_SECONDS / 2
    monkeypatch.setattr("api.auth.callers.time", SimpleNamespace(monotonic=lambda: later))
    assert await me_of(application, token) == (200, None)
    async with asyncio.timeout(10):
        while await me_of(application, token) == (200, None):  # noqa: ASYNC110 - PostgreSQL tells it
            await asyncio.sleep(0.02)


async def test_a_token_of_a_user_who_does_not_exist_is_refused(application: FastAPI) -> None:
    token = application.state.services.tokens.give(SignedIn(NOBODY, "nobody"))
    assert await me_of(application, token) == (401, "NOT_SIGNED_IN")


async def test_a_changed_password_ends_the_sessions_and_gives_a_new_one(
    application: FastAPI, session: httpx.AsyncClient, credentials: dict[str, str]
) -> None:
    other = await sign_in(application, credentials)
    key = (await make_key(session, "read"))["key"]
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    answer = await session.post("/auth/password", json=change)
    assert answer.status_code == 200
    assert await me_of(application, other) == (401, "NOT_SIGNED_IN")
    assert await me_of(application, key) == (200, None)
    assert await me_of(application, answer.json()["access_token"]) == (200, None)
    old = await session.post("/auth/login", json=credentials)
    assert (old.status_code, old.json()["code"]) == (401, "WRONG_PASSWORD")
    await sign_in(application, credentials | {"password": NEW_PASSWORD})


async def test_a_changed_password_takes_the_keys_along_when_asked_to(
    application: FastAPI, session: httpx.AsyncClient
) -> None:
    key = (await make_key(session, "read"))["key"]
    assert await me_of(application, key) == (200, None)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "revoke_keys": True}
    assert (await session.post("/auth/password", json=change)).status_code == 200
    assert await me_of(application, key) == (401, "NOT_SIGNED_IN")


async def test_of_two_password_changes_at_once_one_happens(session: httpx.AsyncClient) -> None:
    changes = [{"current_password": PASSWORD, "new_password": f"{NEW_PASSWORD} {number}"} for number in range(2)]
    answers = await asyncio.gather(*(session.post("/auth/password", json=change) for change in changes))
    assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 403])


async def test_the_password_is_not_changed_without_the_current_one(session: httpx.AsyncClient) -> None:
    change = {"current_password": "not the password", "new_password": NEW_PASSWORD}
    answer = await session.post("/auth/password", json=change)
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_CURRENT_PASSWORD")


async def test_a_key_is_shown_once_and_kept_as_a_hash(tables: str, session: httpx.AsyncClient) -> None:
    made = await make_key(session, "read", "trade")
    listed = (await session.get("/auth/api-keys")).json()["keys"]
    assert [key["id"] for key in listed] == [made["id"]]
    assert "key" not in listed[0]
    assert made["key"].startswith(listed[0]["prefix"])
    assert listed[0]["scopes"] == ["read", "trade"]
    rows = await execute(tables, "SELECT * FROM api_keys WHERE id = %s", (made["id"],))
    assert made["key"] not in str(rows)
    assert hashlib.sha256(made["key"].encode()).digest() in rows[0]


async def test_a_key_says_when_it_was_last_used(application: FastAPI, session: httpx.AsyncClient) -> None:
    made = await make_key(session, "read")
    assert made["last_used_at"] is None
    assert await me_of(application, made["key"]) == (200, None)
    assert (await session.get("/auth/api-keys")).json()["keys"][0]["last_used_at"] is not None


async def test_a_revoked_key_is_refused_at_once_and_cannot_be_revoked_again(
    application: FastAPI, session: httpx.AsyncClient
) -> None:
    made = await make_key(session, "read")
    assert await me_of(application, made["key"]) == (200, None)
    assert (await session.delete(f"/auth/api-keys/{made['id']}")).status_code == 204
    assert await me_of(application, made["key"]) == (401, "NOT_SIGNED_IN")
    again = await session.delete(f"/auth/api-keys/{made['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "NOT_FOUND")


async def test_nobody_revokes_the_key_of_another_player(
    tables: str, application: FastAPI, session: httpx.AsyncClient
) -> None:
    made = await make_key(session, "read")
    stranger = await sign_in(application, await add_user(tables))
    async with client_of(application, token=stranger) as client:
        answer = await client.delete(f"/auth/api-keys/{made['id']}")
        assert (await client.get("/auth/api-keys")).json() == {"keys": []}
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert await me_of(application, made["key"]) == (200, None)


async def test_a_key_ends_when_it_said_it_would(tables: str, application: FastAPI, session: httpx.AsyncClient) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await make_key(session, "read", expires_at=tomorrow)
    await execute(tables, "UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = %s", (made["id"],))
    assert await me_of(application, made["key"]) == (401, "NOT_SIGNED_IN")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    late = {"name": "late", "scopes": ["read"], "expires_at": yesterday}
    answer = await session.post("/auth/api-keys", json=late)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_a_key_does_only_what_it_was_made_for(application: FastAPI, session: httpx.AsyncClient) -> None:
    reader, trader = [(await make_key(session, scope))["key"] for scope in ("read", "trade")]
    order = {"biome": "snow", "amount_bdt": "10"}
    async with client_of(application, token=reader) as client:
        for path, body in (("buy", order), ("track-attention", {"biome": "snow", "points": 1})):
            answer = await client.post(f"/biome-market/{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")
            assert "`trade`" in answer.json()["detail"]
    async with client_of(application, token=trader) as client:
        for path in ("auth/me", "biome-market/portfolio", "biome-market/transactions", "biome-market/stream"):
            answer = await client.get(f"/{path}")
            assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_MISSING")


async def test_a_key_cannot_make_keys_or_lock_the_player_out(application: FastAPI, session: httpx.AsyncClient) -> None:
    made = await make_key(session, "read", "trade")
    async with client_of(application, token=made["key"]) as client:
        answers = [
            await client.post("/auth/api-keys", json={"name": "more", "scopes": ["read"]}),
            await client.get("/auth/api-keys"),
            await client.delete(f"/auth/api-keys/{made['id']}"),
            await client.post("/auth/logout-everywhere"),
            await client.post("/auth/password", json={"current_password": PASSWORD, "new_password": NEW_PASSWORD}),
        ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "SESSION_REQUIRED")}


async def test_only_an_admin_makes_a_key_that_administers_and_it_ends_with_the_role(
    tables: str, application: FastAPI, session: httpx.AsyncClient
) -> None:
    refused = await session.post("/auth/api-keys", json={"name": "power", "scopes": ["admin"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "ADMINS_ONLY")
    admin = await add_user(tables, role="admin")
    async with client_of(application, token=await sign_in(application, admin)) as client:
        assert (await client.get("/auth/me")).json()["scopes"] == ["admin", "read", "trade"]
        key = (await make_key(client, "admin", "read"))["key"]
    await execute(tables, "UPDATE users SET role = 'player' WHERE username = %s", (admin["username"],))
    application.state.services.callers.forget_all()
    async with client_of(application, token=key) as client:
        assert (await client.get("/auth/me")).json()["scopes"] == ["read"]


async def test_an_operators_token_is_no_player(application: FastAPI) -> None:
    async with client_of(application, token=operator_token(SECRET, name="root")) as client:
        for path in ("auth/me", "biome-market/portfolio", "biome-market/stream", "auth/api-keys"):
            answer = await client.get(f"/{path}")
            assert (answer.status_code, answer.json()["code"]) in {(403, "SCOPE_MISSING"), (403, "SESSION_REQUIRED")}


async def test_a_player_has_so_many_keys_even_when_they_are_made_at_once(session: httpx.AsyncClient) -> None:
    new = {"name": "one of many", "scopes": ["read"]}
    answers = await asyncio.gather(*(session.post("/auth/api-keys", json=new) for _ in range(MOST_KEYS + 2)))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(409, "TOO_MANY_KEYS")] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["fly"]},
        {"name": ""},
        {"name": "a\nb"},
        {"expires_at": "2030-01-01T00:00:00"},
        {"expires_at": 4_102_444_800},
        {"expires_at": "4102444800"},
        {"expires_at": "2030-02-30T00:00:00Z"},
        {"more": 1},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(session: httpx.AsyncClient, wrong: dict[str, object]) -> None:
    answer = await session.post("/auth/api-keys", json={"name": "a bot", "scopes": ["read"]} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


@pytest.mark.parametrize("credential", ["bmk_", "bmk_" + "a" * 43, "bmk_" + "é" * 43, "bmk_" + "a" * 5000])
async def test_a_key_that_nobody_has_is_refused(application: FastAPI, credential: str) -> None:
    async with client_of(application) as client:
        answer = await client.get("/auth/me", headers=[(b"Authorization", f"Bearer {credential}".encode())])
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN")


async def test_no_secret_is_logged(
    application: FastAPI,
    session: httpx.AsyncClient,
    credentials: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await make_key(session, "read")
    assert await me_of(application, made["key"]) == (200, None)
    wrong = {"username": credentials["username"], "password": "x" * 200}
    await session.post("/auth/login", json=wrong)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await session.post("/auth/password", json=change)
    secret = (made["key"], PASSWORD, NEW_PASSWORD, "x" * 200, session.headers["authorization"].split()[1])
    said = capfd.readouterr()
    assert [text for text in secret if text in caplog.text + said.out + said.err] == []


@pytest.mark.parametrize("username", ["a\x00b", "ab", "名字名字", "a b c"])
async def test_a_name_that_nobody_can_have_is_answered_like_a_wrong_password(
    application: FastAPI, username: str
) -> None:
    async with client_of(application) as client:
        answer = await client.post("/auth/login", json={"username": username, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (401, "WRONG_PASSWORD")


@pytest.mark.parametrize("order_id", ["%00", "1", "%F0%9F%98%80", f"{NOBODY}%0A"])
async def test_an_order_id_that_no_order_can_have_is_refused(session: httpx.AsyncClient, order_id: str) -> None:
    answer = await session.get(f"/biome-market/orders/{order_id}")
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")
