"""Two admins, or one who is impatient, do the same thing at the same moment; and an API with the smallest pool."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import api.admin.giving
import api.admin.machine_routes
from api.auth.tokens import operator_token
from api.log_writer import LogUnavailableError
from api.services import Services
from schemas.messages.dead_letters import DeadLetter, DeadReason
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop
from tests.does_the_api_answer.folded_market import FoldedMarket
from tests.does_the_api_answer.in_process import SECRET, client_of, execute, replica

REASON = {"reason": "newer code is there"}


@pytest.fixture(scope="module")
def tables(background: BackgroundLoop, database: str) -> str:
    migrate(database)
    background.run(FoldedMarket().project(database, through=1))
    return database


class Log:
    """In the place of Kafka: acknowledges when it is told to, and may fail."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.fails = False
        self.acknowledges = asyncio.Event()
        self.acknowledges.set()

    async def write_bytes(self, _topic: str, *, key: bytes | None, value: bytes, partition: int | None = None) -> int:
        assert (key, partition) != (None, None)
        await self.acknowledges.wait()
        if self.fails:
            raise LogUnavailableError
        self.written.append(value)
        return len(self.written)


@pytest.fixture
async def application(tables: str) -> AsyncIterator[FastAPI]:
    async with replica(tables, database_pool=1) as application:
        yield application


@pytest.fixture
def log(application: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Log:
    services: Services = application.state.services
    written = Log()
    monkeypatch.setattr(services.writer, "write_bytes", written.write_bytes)
    return written


@pytest.fixture
async def admin(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application, token=operator_token(SECRET, name="root")) as client:
        yield client


@pytest.fixture
def letter(monkeypatch: pytest.MonkeyPatch) -> None:
    async def letter_at(_bootstrap: str, offset: int) -> DeadLetter:
        return DeadLetter(
            v=1,
            topic="market.inputs",
            partition=0,
            offset=offset,
            at=0,
            reason=DeadReason.NOT_JSON,
            detail="",
            size=5,
            sha256="0" * 64,
            key_base64=None,
            value_base64=base64.b64encode(b"bytes").decode(),
        )

    monkeypatch.setattr(api.admin.machine_routes, "letter_at", letter_at)


@pytest.mark.usefixtures("letter")
async def test_a_dead_letter_is_sent_again_once_however_many_ask_at_once(log: Log, admin: httpx.AsyncClient) -> None:
    log.acknowledges.clear()
    asking = {asyncio.create_task(admin.post("/admin/dead-letters/7/redrive", json=REASON)) for _ in range(5)}
    async with asyncio.timeout(30):
        while len(asking) > 1:  # those that are not the first do not wait for it
            answered, asking = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            assert {one.result().json()["code"] for one in answered} == {"ALREADY_REDRIVEN"}
        log.acknowledges.set()
        (first,) = asking
        assert (await first).status_code == 200
    assert log.written == [b"bytes"]


@pytest.mark.usefixtures("letter")
async def test_a_dead_letter_that_kafka_did_not_take_or_whose_sender_died_may_be_tried_again(
    log: Log, admin: httpx.AsyncClient, tables: str
) -> None:
    log.fails = True
    assert (await admin.post("/admin/dead-letters/8/redrive", json=REASON)).status_code == 503
    log.fails = False
    assert (await admin.post("/admin/dead-letters/8/redrive", json=REASON)).status_code == 200
    await execute(
        tables,
        "INSERT INTO redriven_letters (letter, claimed_at) VALUES (9, clock_timestamp() - interval '1 hour'),"
        " (10, clock_timestamp())",
    )
    assert (await admin.post("/admin/dead-letters/9/redrive", json=REASON)).status_code == 200
    assert (await admin.post("/admin/dead-letters/10/redrive", json=REASON)).status_code == 409


async def test_settings_are_changed_by_an_api_with_one_connection(
    log: Log, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.admin.giving, "RECEIPT_SECONDS", 0.0)
    change: dict[str, Any] = {"settings": {"fee_bp": 100}, **REASON}
    answer = await admin.patch("/admin/settings", json=change)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending"), answer.text
    assert len(log.written) == 1
