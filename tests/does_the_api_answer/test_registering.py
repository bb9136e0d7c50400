"""Registering, signing in, and the account that comes with it."""

import asyncio
import signal

import httpx
import psycopg
import pytest

from tests.does_the_api_answer.running_market import RunningMarket, new_user, until


async def test_registering_opens_the_account_with_the_starting_grant(stranger: httpx.AsyncClient) -> None:
    user = new_user()
    answer = await stranger.post("/auth/register", json=user)
    assert answer.status_code == 201
    assert answer.json()["player"]["username"] == user["username"]
    portfolio = await stranger.get("/biome-market/portfolio")
    assert portfolio.status_code == 200
    shown = portfolio.json()
    assert (shown["cash_bdt"], shown["net_worth_bdt"], shown["holdings"]) == ("10000.00", "10000.00", [])


async def test_a_username_is_taken_whatever_its_case(stranger: httpx.AsyncClient) -> None:
    user = new_user()
    await stranger.post("/auth/register", json=user)
    again = await stranger.post("/auth/register", json=user | {"username": user["username"].upper()})
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["code"] == "USERNAME_TAKEN"


async def test_one_of_two_who_register_one_name_at_once_gets_it(stranger: httpx.AsyncClient) -> None:
    user = new_user()
    answers = await asyncio.gather(*(stranger.post("/auth/register", json=user) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_login_gives_a_token_and_a_cookie_that_scripts_cannot_read(stranger: httpx.AsyncClient) -> None:
    user = new_user()
    registered = (await stranger.post("/auth/register", json=user)).json()
    stranger.cookies.clear()
    answer = await stranger.post("/auth/login", json=user | {"username": user["username"].upper()})
    assert answer.status_code == 200
    assert answer.json()["player"] == registered["player"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("biome_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await stranger.get("/auth/me")).json()["id"] == registered["player"]["id"]
    await stranger.post("/auth/logout")
    assert (await stranger.get("/auth/me")).status_code == 401


async def test_an_unknown_user_and_a_wrong_password_are_answered_alike(stranger: httpx.AsyncClient) -> None:
    user = new_user()
    await stranger.post("/auth/register", json=user)
    wrong = await stranger.post("/auth/login", json=user | {"password": "not the password"})
    unknown = await stranger.post("/auth/login", json=new_user())
    told = [answer.json() | {"request_id": None} for answer in (wrong, unknown)]
    assert (wrong.status_code, told[0]) == (unknown.status_code, told[1])
    assert wrong.json()["code"] == "WRONG_PASSWORD"


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", "a!"), ("username", "a b c"), ("username", "x" * 33), ("password", "short"), ("password", "x" * 129)],
)
async def test_a_name_or_password_outside_the_rules_is_refused(
    stranger: httpx.AsyncClient, field: str, value: str
) -> None:
    answer = await stranger.post("/auth/register", json=new_user() | {field: value})
    assert answer.status_code == 422
    assert answer.json()["code"] == "INVALID"
    assert [error["field"] for error in answer.json()["errors"]] == [f"body.{field}"]
    assert value not in answer.text


@pytest.mark.parametrize("token", ["nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
async def test_a_token_that_is_not_ours_is_refused(stranger: httpx.AsyncClient, token: str) -> None:
    answer = await stranger.get("/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "NOT_SIGNED_IN"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_account_is_opened_once_even_if_the_api_dies_half_way(
    market: RunningMarket, stranger: httpx.AsyncClient
) -> None:
    market.market.stop()
    user = new_user()
    registering = asyncio.create_task(stranger.post("/auth/register", json=user))

    async def stored() -> bool:
        async with await psycopg.AsyncConnection.connect(market.database) as connection:
            cursor = await connection.execute("SELECT 1 FROM users WHERE username = %s", (user["username"],))
            return await cursor.fetchone() is not None

    await until(stored)
    market.api.stop(signal.SIGKILL)
    with pytest.raises(httpx.TransportError):
        await registering
    market.api.start()
    market.reachable()
    assert (await stranger.post("/auth/login", json=user)).status_code == 200
    pending = await stranger.get("/biome-market/portfolio")
    assert (pending.status_code, pending.json()["code"]) == (409, "ACCOUNT_PENDING")
    refused = await stranger.post("/biome-market/buy", json={"biome": "snow", "amount_bdt": "10"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ACCOUNT_PENDING")

    market.market.start()
    market.ready()

    async def opened() -> httpx.Response | None:
        answer = await stranger.get("/biome-market/portfolio")
        return answer if answer.status_code == httpx.codes.OK else None

    assert (await until(opened)).json()["cash_bdt"] == "10000.00"
    assert (await stranger.get("/auth/me")).json()["account"] == "open"
