"""A stream ends with the right to it: with its token or key, when that is taken away, and when this process may not have been told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from starlette.types import Message

import api.projected
from api.auth.callers import Callers
from api.auth.tokens import ALGORITHM, SignedIn
from api.projected import ProjectedTick
from api.services import Services
from schemas.environment import Environment
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop
from tests.does_the_api_answer.folded_market import FoldedMarket
from tests.does_the_api_answer.in_process import SECRET, add_user, client_of, execute, replica, sign_in

ENDS_SOON_SECONDS = 1.5


MARKET = FoldedMarket()
"""Of one tick."""


@pytest.fixture(scope="module")
def tables(background: BackgroundLoop, database: str) -> str:
    """URL of a database in which history has the tick."""
    migrate(database)
    background.run(MARKET.project(database, through=1))
    return database


@pytest.fixture
async def application(tables: str) -> AsyncIterator[FastAPI]:
    async with replica(tables) as application:
        MARKET.show(services_of(application).hub, 1)
        yield application


@pytest.fixture
async def credentials(tables: str) -> dict[str, str]:
    return await add_user(tables)


def services_of(application: FastAPI) -> Services:
    services: Services = application.state.services
    return services


class Stream:
    """What came of it so far. httpx' ASGI transport gives nothing before the end."""

    def __init__(self) -> None:
        self.read = b""
        self.begun = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.read += message.get("body", b"")
        if b"event: snapshot" in self.read:
            self.begun.set()


@asynccontextmanager
async def opened(application: FastAPI, token: str) -> AsyncIterator[tuple[Stream, "asyncio.Task[None]"]]:
    """A request of the stream, and its task."""
    stream, never = Stream(), asyncio.Event()

    async def receive() -> Message:
        await never.wait()
        raise AssertionError

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/biome-market/stream",
        "raw_path": b"/api/v1/biome-market/stream",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"host", b"api")],
        "client": ("203.0.113.7", 1),
        "server": ("api", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    task = asyncio.create_task(application(scope, receive, stream.send))
    try:
        yield stream, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def ends_by_rights(stream: Stream, task: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(5):
        await task
    assert b'"closing"' in stream.read
    assert b'"rights"' in stream.read
    assert b"retry: " in stream.read.partition(b"event: status")[2]


async def test_a_stream_ends_when_its_token_does(application: FastAPI, credentials: dict[str, str]) -> None:
    session = services_of(application).tokens.read(await sign_in(application, credentials))
    assert session is not None
    expires = datetime.now(UTC) + timedelta(seconds=ENDS_SOON_SECONDS)
    claims = {"sub": session.player, "name": session.username, "ver": session.session, "iss": "biome-market"}
    async with opened(application, jwt.encode(claims | {"exp": expires}, SECRET, algorithm=ALGORITHM)) as (
        stream,
        task,
    ):
        await asyncio.wait_for(stream.begun.wait(), 20)
        await ends_by_rights(stream, task)


async def test_a_stream_ends_when_its_key_does(application: FastAPI, credentials: dict[str, str], tables: str) -> None:
    async with client_of(application, token=await sign_in(application, credentials)) as client:
        made = (await client.post("/auth/api-keys", json={"name": "a bot", "scopes": ["read"]})).json()
    await execute(
        tables, "UPDATE api_keys SET expires_at = clock_timestamp() + make_interval(secs => %s)", (ENDS_SOON_SECONDS,)
    )
    async with opened(application, made["key"]) as (stream, task):
        await asyncio.wait_for(stream.begun.wait(), 20)
        await ends_by_rights(stream, task)


async def test_streams_prove_themselves_again_when_a_change_may_have_been_missed(
    application: FastAPI, credentials: dict[str, str]
) -> None:
    async with opened(application, await sign_in(application, credentials)) as (stream, task):
        await asyncio.wait_for(stream.begun.wait(), 20)
        services_of(application).rights_may_have_changed()
        await ends_by_rights(stream, task)


async def test_a_stream_that_was_admitted_just_before_its_session_ended_does_not_stay(
    application: FastAPI, credentials: dict[str, str], tables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session ends, and this process is told, after the request was admitted and before its stream is open."""
    token = await sign_in(application, credentials)
    services = services_of(application)
    of_session: Callable[..., Awaitable[Any]] = Callers.of_session

    async def ended_right_after(self: Callers, signed_in: SignedIn) -> Any:
        caller = await of_session(self, signed_in)
        await execute(
            tables, "UPDATE users SET session_version = session_version + 1 WHERE username = %s", (caller.username,)
        )
        services.rights_changed(caller.player)
        monkeypatch.setattr(Callers, "of_session", of_session)
        return caller

    monkeypatch.setattr(Callers, "of_session", ended_right_after)
    async with opened(application, token) as (stream, task):
        await ends_by_rights(stream, task)
    assert b"snapshot" not in stream.read


async def test_what_was_read_before_a_change_is_not_remembered_after_it(
    application: FastAPI, credentials: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = services_of(application)
    session = services.tokens.read(await sign_in(application, credentials))
    assert session is not None
    services.callers.forget(session.player)
    read_users = services.callers._read_users

    async def read_and_told(players: list[str]) -> Any:
        users = await read_users(players)
        services.callers.forget(players[0])  # the notification overtakes what was read before it
        return users

    monkeypatch.setattr(services.callers._users, "_ask", read_and_told)
    assert await services.callers.of_session(session) is not None
    assert session.player not in services.callers._remembered


class Told:
    """In the place of the services: counts how often it may have missed something."""

    def __init__(self) -> None:
        self.missed = 0

    def rights_changed(self, player: str) -> None: ...

    def rights_may_have_changed(self) -> None:
        self.missed += 1


async def test_a_connection_that_falls_silent_is_found_out(tables: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a firewall forgets it: nothing comes any more, and nobody says so."""
    monkeypatch.setattr(api.projected, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(api.projected, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(api.projected, "RETRY_SECONDS", 0.1)
    told = Told()
    async with firewall(Environment(database_url=tables)) as (environment, forget):
        listening = asyncio.create_task(ProjectedTick(environment, rights=told).run())
        try:
            await until_missed(told, 1)
            await asyncio.sleep(0.5)
            assert told.missed == 1  # while it answers, it stays
            forget()
            await until_missed(told, 2)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def until_missed(told: Told, times: int) -> None:
    async with asyncio.timeout(10):
        while told.missed < times:  # noqa: ASYNC110 - PostgreSQL answers
            await asyncio.sleep(0.02)


@asynccontextmanager
async def firewall(environment: Environment) -> AsyncIterator[tuple[Environment, Callable[[], None]]]:
    """The environment with something between the process and PostgreSQL, that can forget the connections of until now."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415

    url = environment.database_url.get_secret_value()
    server = conninfo_to_dict(url)
    generation = 0
    pumps: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, made_in: int) -> None:
        try:
            while data := await source.read(65_536):
                if made_in == generation:
                    sink.write(data)
        finally:
            sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(str(server["host"]), int(str(server["port"])))
        for one in (pump(reader, there_writer, generation), pump(there_reader, writer, generation)):
            pumps.add(asyncio.create_task(one))

    def forget() -> None:
        nonlocal generation
        generation += 1

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield Environment(database_url=make_conninfo(url, host="127.0.0.1", port=port)), forget
    finally:
        listener.close()
        for task in pumps:
            task.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
