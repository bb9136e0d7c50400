"""The API in the test's own process, on a real PostgreSQL and without a Kafka: for what no market is needed for."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from psycopg import AsyncConnection
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from api.application import create_application
from api.services import Services
from schemas.environment import Environment

PASSWORD = "correct horse battery"
SECRET = "s" * 32
ELSEWHERE = "203.0.113.7"
"""An address that limits by address hold for."""
_quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


class _Replica(Services):
    """It says when it listens to PostgreSQL: at that moment it ends the streams of players, which may have lost their rights."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.listens = asyncio.Event()

    def rights_may_have_changed(self) -> None:
        super().rights_may_have_changed()
        self.listens.set()


@asynccontextmanager
async def replica(database: str, *, produces: bool = False, **settings: Any) -> AsyncIterator[FastAPI]:
    """An API process's application: it listens to PostgreSQL, as it would, and follows no market. It writes to Kafka if told so."""
    environment = Environment(database_url=SecretStr(database), jwt_secret=SecretStr(SECRET), **settings)
    application = create_application(environment)
    services = _Replica(environment)
    application.state.services = services
    await services.pool.open()
    working = [asyncio.create_task(services.projected.run()), asyncio.create_task(services.callers.run())]
    if produces:
        working.append(asyncio.create_task(services.writer.run()))
    try:
        async with asyncio.timeout(30):
            await services.listens.wait()
        yield application
    finally:
        for work in working:
            work.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        services.passwords.close()
        await services.pool.close()


def client_of(
    application: FastAPI, *, token: str | None = None, address: str = ELSEWHERE, cookies: httpx.Cookies | None = None
) -> httpx.AsyncClient:
    """A client of that process."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application, raise_app_exceptions=False, client=(address, 1)),
        base_url="http://api/api/v1",
        headers={} if token is None else {"Authorization": f"Bearer {token}"},
        cookies=cookies,
    )


async def add_user(database: str, *, role: str = "player") -> dict[str, str]:
    """A user with an open account: what to sign in with."""
    credentials = {"username": f"user-{secrets.token_hex(6)}", "password": PASSWORD}
    await execute(
        database,
        "INSERT INTO users (id, username, password_hash, opened_at_tick, role) VALUES (%s, %s, %s, 1, %s)",
        (uuid4(), credentials["username"], _quick.hash(PASSWORD), role),
    )
    return credentials


async def sign_in(application: FastAPI, credentials: dict[str, str]) -> str:
    """An access token."""
    async with client_of(application, address="127.0.0.1") as client:
        answer = await client.post("/auth/login", json=credentials)
    assert answer.status_code == httpx.codes.OK, answer.text
    token: str = answer.json()["access_token"]
    return token


async def execute(database: str, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Do something behind the API's back."""
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        cursor = await connection.execute(statement, parameters)
        return [] if cursor.description is None else await cursor.fetchall()
