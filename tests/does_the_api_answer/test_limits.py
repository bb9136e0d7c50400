"""What an address, a caller and a name may try, and what a page of another site may not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

import api.log_writer
import api.protection
from api.auth.attempts import OF_NAME, OF_NAME_AND_NETWORK, OF_NETWORK
from api.auth.tokens import COOKIE
from api.limits import Counters
from api.protection import BodyLimit
from api.services import SettingsError, check_settings
from schemas.environment import Environment
from streams.history.migration import migrate
from tests.does_the_api_answer.in_process import ELSEWHERE, PASSWORD, SECRET, add_user, client_of, replica, sign_in

MARKETS = "/biome-market/markets/tulips"
"""An address that needs nothing to be answered."""


@pytest.fixture(scope="module")
def tables(database: str) -> str:
    migrate(database)
    return database


@pytest.fixture
async def application(tables: str) -> AsyncIterator[FastAPI]:
    async with replica(tables) as application:
        yield application


def codes_of(answers: list[httpx.Response]) -> list[tuple[int, str]]:
    return [(answer.status_code, answer.json()["code"]) for answer in answers]


async def log_in(application: FastAPI, address: str, username: str, password: str = "a guess") -> httpx.Response:
    async with client_of(application, address=address) as client:
        return await client.post("/auth/login", json={"username": username, "password": password})


async def test_guesses_are_bounded_also_for_the_right_password_and_a_name_that_nobody_has(
    tables: str, application: FastAPI
) -> None:
    user = await add_user(tables)
    for name in (user["username"], "nobody-has-this"):
        guesses = [await log_in(application, ELSEWHERE, name) for _ in range(OF_NAME_AND_NETWORK.tries)]
        assert set(codes_of(guesses)) == {(401, "WRONG_PASSWORD")}
        too_many = await log_in(application, ELSEWHERE, name.upper(), PASSWORD)
        assert codes_of([too_many]) == [(429, "TOO_MANY_ATTEMPTS")]
        assert 1 <= int(too_many.headers["retry-after"]) <= OF_NAME_AND_NETWORK.interval
    assert (await log_in(application, "198.51.100.9", user["username"], PASSWORD)).status_code == 200


async def test_guesses_are_bounded_across_replicas_and_at_once(tables: str, application: FastAPI) -> None:
    user = await add_user(tables)
    async with replica(tables) as another:
        answers = await asyncio.gather(
            *(
                log_in(one, "198.51.100.1", user["username"])
                for one in (application, another)
                for _ in range(OF_NAME_AND_NETWORK.tries)
            )
        )
    assert codes_of(list(answers)).count((401, "WRONG_PASSWORD")) == OF_NAME_AND_NETWORK.tries


async def test_the_right_password_spends_no_try(tables: str, application: FastAPI) -> None:
    user = await add_user(tables)
    for _ in range(OF_NAME_AND_NETWORK.tries + 2):
        assert (await log_in(application, "198.51.100.2", user["username"], PASSWORD)).status_code == 200


async def test_many_names_from_one_network_are_bounded(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.auth.attempts.OF_NETWORK", OF_NETWORK._replace(tries=3))
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8::4"]
    answers = [await log_in(application, address, f"name-{number}") for number, address in enumerate(addresses)]
    assert codes_of(answers) == [*[(401, "WRONG_PASSWORD")] * 3, (429, "TOO_MANY_ATTEMPTS")]


async def test_many_networks_on_one_name_are_bounded(
    tables: str, application: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.auth.attempts.OF_NAME", OF_NAME._replace(tries=3))
    user = await add_user(tables)
    answers = [await log_in(application, f"192.0.2.{number}", user["username"]) for number in range(4)]
    assert codes_of(answers) == [*[(401, "WRONG_PASSWORD")] * 3, (429, "TOO_MANY_ATTEMPTS")]


async def test_an_address_registers_so_many_users_an_hour_over_all_replicas(
    tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.log_writer, "ACK_SECONDS", 0.0)

    async def register(application: FastAPI, number: int, address: str) -> httpx.Response:
        async with client_of(application, address=address) as client:
            user = {"username": f"newcomer-{number}", "password": PASSWORD}
            return await client.post("/auth/register", json=user)

    async with replica(tables, registrations_per_hour=2) as one, replica(tables, registrations_per_hour=2) as two:
        answers = [await register(one, 1, ELSEWHERE), await register(two, 2, ELSEWHERE)]
        assert [answer.status_code for answer in answers] == [201, 201]
        refused = await register(one, 3, ELSEWHERE)
        assert codes_of([refused]) == [(429, "TOO_MANY_REGISTRATIONS")]
        assert 1_700 <= int(refused.headers["retry-after"]) <= 1_800
        elsewhere = [await register(one, 4, "192.0.2.200"), await register(one, 5, "127.0.0.1")]
        assert [answer.status_code for answer in elsewhere] == [201, 201]


async def test_an_address_that_asks_too_much_is_refused_and_told_when_to_come_back(tables: str) -> None:
    async with replica(tables, requests_per_minute_address=3) as application, client_of(application) as client:
        answers = [await client.get(MARKETS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert answers[0].headers["ratelimit-policy"] == '"address";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"address";r=2;t=')
    assert answers[3].json()["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert answers[3].headers["x-content-type-options"] == "nosniff"


async def test_the_machine_itself_has_no_limit_by_address_unless_the_operator_says_so(tables: str) -> None:
    for exempt, expected in (("127.0.0.0/8,::1/128", {422}), ("none", {422, 429})):
        settings: dict[str, Any] = {"requests_per_minute_address": 3, "limits_exempt": exempt}
        async with replica(tables, **settings) as application, client_of(application, address="127.0.0.1") as client:
            assert {(await client.get(MARKETS)).status_code for _ in range(5)} == expected


@pytest.mark.parametrize(
    ("settings", "address", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "10.1.2.3", 200),
        ({}, ELSEWHERE, 404),
        ({}, "2001:db8::1", 404),
        ({"metrics_networks": f"{ELSEWHERE}/32"}, ELSEWHERE, 200),
        ({"metrics_networks": f"{ELSEWHERE}/32"}, "127.0.0.1", 404),
        ({"metrics_networks": "none"}, "127.0.0.1", 404),
        ({"metrics_networks": "0.0.0.0/0,::/0"}, ELSEWHERE, 200),
    ],
)
async def test_metrics_are_shown_to_the_networks_that_the_operator_names(
    tables: str, settings: dict[str, Any], address: str, status: int
) -> None:
    async with replica(tables, **settings) as application, client_of(application, address=address) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == status
    assert ("biome_streams" in answer.text) == (status == 200)


async def test_a_caller_and_each_of_their_keys_have_a_limit_of_their_own(tables: str) -> None:
    async with replica(tables, requests_per_minute_caller=4) as application:
        token = await sign_in(application, await add_user(tables))
        async with client_of(application, token=token) as client:
            made = await client.post("/auth/api-keys", json={"name": "a bot", "scopes": ["read"]})
            assert made.headers["ratelimit"].startswith('"address";r=5999;t=')
            assert '"caller";r=3;t=' in made.headers["ratelimit"]
            answers = [await client.get("/auth/me") for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert answers[3].json()["code"] == "TOO_MANY_REQUESTS"
        async with client_of(application, token=made.json()["key"]) as client:
            assert (await client.get("/auth/me")).status_code == 200


async def test_counters_that_have_expired_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    counters = Counters()
    counters.incr("someone", 60)
    counters.sweep()
    assert counters.get("someone") == 1
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: counters.expirations["someone"] + 1)
    counters.sweep()
    assert (counters.storage, counters.expirations) == ({}, {})


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "http://api"}, True),
        ({"Origin": "https://api", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://api:1"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://api", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://api", "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
async def test_a_page_of_another_site_cannot_use_the_cookie_or_sign_in(
    tables: str, application: FastAPI, headers: dict[str, str], *, passes: bool
) -> None:
    user = await add_user(tables)
    cookies = httpx.Cookies({COOKIE: await sign_in(application, user)})
    async with client_of(application, cookies=cookies) as client:
        answer = await client.post("/auth/logout-everywhere", headers=headers)
        assert answer.status_code == (204 if passes else 403)
        assert passes or answer.json()["code"] == "CROSS_SITE"
        assert (await client.get("/auth/me", headers=headers)).status_code == (401 if passes else 200)
    async with client_of(application) as client:
        answer = await client.post("/auth/login", json=user, headers=headers)
    assert (answer.status_code == 200) is passes


async def test_another_site_with_a_token_of_its_own_is_not_hindered(tables: str, application: FastAPI) -> None:
    token = await sign_in(application, await add_user(tables))
    headers = {"Origin": "https://game.example", "Sec-Fetch-Site": "cross-site"}
    async with client_of(application, token=token) as client:
        answer = await client.post("/auth/logout-everywhere", headers=headers)
    assert answer.status_code == 204
    assert "access-control-allow-origin" not in answer.headers


async def test_pages_of_the_origins_that_the_operator_names_may_use_the_api_without_the_cookie(tables: str) -> None:
    origin = {"Origin": "https://game.example"}
    user = await add_user(tables)
    async with replica(tables, cors_origins="https://game.example, http://localhost:3000") as application:
        async with client_of(application) as client:
            asked = origin | {
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
            }
            preflight = await client.options("/biome-market/buy", headers=asked)
            assert preflight.status_code == 200
            assert preflight.headers["access-control-allow-origin"] == "https://game.example"
            other = await client.options("/biome-market/buy", headers=asked | {"Origin": "https://evil.example"})
            assert "access-control-allow-origin" not in other.headers
            answer = await client.post("/auth/login", json=user, headers=origin)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://game.example"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        cookies = httpx.Cookies({COOKIE: answer.json()["access_token"]})
        async with client_of(application, cookies=cookies) as client:
            refused = await client.post("/auth/logout-everywhere", headers=origin)
    assert codes_of([refused]) == [(403, "CROSS_SITE")]
    assert refused.headers["access-control-allow-origin"] == "https://game.example"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("cors_origins", "game.example"),
        ("cors_origins", "https://game.example/"),
        ("limits_exempt", "10.0.0.1/8"),
        ("metrics_networks", "everyone"),
    ],
)
def test_a_setting_that_will_not_do_is_said_before_the_api_starts(setting: str, value: str) -> None:
    environment = Environment(jwt_secret=SECRET, **{setting: value})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=f"BIOME_{setting.upper()}"):
        check_settings(environment)


async def test_behind_tls_browsers_are_told_to_stay_there(tables: str) -> None:
    async with replica(tables, cookie_secure=True) as application, client_of(application) as client:
        assert "max-age" in (await client.get(MARKETS)).headers["strict-transport-security"]


async def test_a_body_that_is_too_deep_is_refused_and_brackets_within_a_text_are_not_counted(
    application: FastAPI,
) -> None:
    deep = b'{"username":' * 20 + b"1" + b"}" * 20
    shallow = b'{"username": "' + b"[{" * 8 + b'\\"' + b"[" * 5 + b'", "password": "12345678"}'
    async with client_of(application) as client:
        headers = {"Content-Type": "application/json"}
        answers = [await client.post("/auth/login", content=body, headers=headers) for body in (deep, shallow)]
    assert codes_of(answers) == [(400, "BAD_REQUEST"), (401, "WRONG_PASSWORD")]
    assert "within each other" in answers[0].json()["detail"]


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.protection, "BODY_SECONDS", 0.0)
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pytest.fail("a request whose body is not there was passed on")

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"10")]}
    await BodyLimit(application)(scope, never, send)
    assert sent[0]["status"] == 408
