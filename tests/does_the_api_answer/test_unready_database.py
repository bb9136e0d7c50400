"""What the API answers on a database without tables, and to values that no database can hold. No market is needed for it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import AsyncConnection
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from api.application import create_application
from api.auth.tokens import SignedIn
from api.database import STATEMENT_SECONDS
from api.problems import install_problem_handlers
from api.protection import BodyLimit
from api.services import Services
from schemas.environment import Environment

NOBODY = "00000000-0000-4000-8000-000000000000"
PASSWORD = "correct horse battery"


@pytest.fixture
async def services(database: str) -> AsyncIterator[Services]:
    """Services of an API whose database is empty, and without a Kafka. Nothing runs behind them."""
    environment = Environment(database_url=SecretStr(database), jwt_secret=SecretStr("s" * 32))
    services = Services(environment)
    await services.pool.open()
    yield services
    services.passwords.close()
    await services.pool.close()


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client of that API, in this process."""
    application = create_application(services.environment)
    application.state.services = services
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    token = services.tokens.give(SignedIn(NOBODY, "nobody"))
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1", headers=headers) as client:
        yield client


async def test_before_the_first_migration_the_answer_says_what_to_do(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/auth/login", json={"username": "nobody", "password": PASSWORD}),
        await client.post("/auth/register", json={"username": "nobody", "password": PASSWORD}),
        await client.get(f"/biome-market/orders/{NOBODY}"),
        await client.get("/biome-market/transactions"),
        await client.get("/biome-market/portfolio"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "DATABASE_NOT_READY")}
    assert "biome db migrate" in answers[0].json()["detail"]
    assert answers[0].headers["retry-after"] == "1"


async def test_a_value_that_postgresql_cannot_hold_is_the_fault_of_the_request(database: str) -> None:
    application = FastAPI()
    install_problem_handlers(application)

    @application.get("/")
    async def keep(value: str) -> None:
        async with await AsyncConnection.connect(database) as connection:
            await connection.execute("SELECT %s::text", (value,))

    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        answer = await client.get("/", params={"value": "a\x00b"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_a_statement_that_takes_too_long_is_ended_by_postgresql(services: Services) -> None:
    async with services.pool.connection() as connection:
        cursor = await connection.execute("SHOW statement_timeout")
        assert await cursor.fetchone() == (f"{STATEMENT_SECONDS}s",)
        await connection.execute("SET statement_timeout = '1ms'")
        # What psycopg raises is answered as PostgreSQL being away: 503.
        with pytest.raises(psycopg.OperationalError, match="statement timeout"):
            await connection.execute("SELECT pg_sleep(10)")


async def test_an_empty_body_in_chunks_is_a_body_and_nobody_waits_for_it() -> None:
    received: list[Message] = []
    sent: list[Message] = []

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        received.append(await receive())

    chunks: asyncio.Queue[Message] = asyncio.Queue()
    chunks.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"transfer-encoding", b"chunked")]}
    async with asyncio.timeout(5):
        await BodyLimit(application)(scope, chunks.get, send)
    assert received == [{"type": "http.request", "body": b"", "more_body": False}]
    assert sent == []


async def test_an_address_says_all_the_methods_that_it_takes(client: httpx.AsyncClient) -> None:
    for path, methods in (("/auth/api-keys", "GET, POST"), ("/auth/login", "POST"), ("/admin/settings", "GET, PATCH")):
        answer = await client.request("TRACE", path)
        assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == methods
