"""A whole market of real processes for these tests alone: Kafka, attention, market, history, and the API over HTTP."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.directories import free_port
from ops.kafka import Kafka
from ops.postgres import Postgres
from ops.topics import create_topics, seed_genesis
from schemas.environment import Environment
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop
from tests.does_the_api_answer.running_market import (
    ATTENTION_SHARDS,
    WAIT_SECONDS,
    RunningMarket,
    configured,
    new_user,
)
from tests.stack import PATIENT_STALE_MS, OneMarket

PAGE = "<!doctype html><title>a page</title>"
DATABASE = "does_the_api_answer"


@pytest.fixture(scope="session")
def kafka_of_the_api(
    background: BackgroundLoop, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka]:
    """A Kafka of its own, since a market's topics have fixed names."""
    folder = tmp_path_factory.mktemp("kafka-of-the-api")
    server = Kafka(folder, cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    with (folder / "output.log").open("w", buffering=1) as log:
        background.run(server.start(progress=print, output=lambda _name, line: print(line, file=log)))
        yield server
        background.run(server.stop())


@pytest.fixture(scope="session")
def market(
    background: BackgroundLoop,
    one_market: OneMarket,
    kafka_of_the_api: Kafka,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningMarket]:
    """A market that ticks, and an API that is ready."""
    folder = tmp_path_factory.mktemp("market")
    (folder / "page" / "assets").mkdir(parents=True)
    (folder / "page" / "index.html").write_text(PAGE)
    (folder / "page" / "assets" / "app-1a2b3c.js").write_text("export {}")
    bootstrap = kafka_of_the_api.bootstrap
    background.run(postgres.create_database(DATABASE))
    background.run(create_topics(bootstrap, replication=1, attention_shards=ATTENTION_SHARDS))
    seeds: dict[str, Any] = {"attention_shards": ATTENTION_SHARDS, "genesis_attention_stale_ms": PATIENT_STALE_MS}
    background.run(seed_genesis(Environment(kafka_bootstrap=bootstrap, **seeds)))
    database = postgres.url_of(DATABASE)
    migrate(database)
    running = configured(folder, bootstrap=bootstrap, database=database)
    processes = (running.attention, running.market, running.history, running.api)

    def end() -> None:
        for process in reversed(processes):
            process.end()

    with one_market.until_the_next(end):
        for process in processes:
            process.start()
        running.ready()
        yield running


@pytest.fixture
async def stranger(market: RunningMarket) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not signed in."""
    async with market.client() as client:
        yield client


@pytest.fixture
async def player(market: RunningMarket) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a new player with an open account, signed in by Bearer token."""
    async with market.client() as client:
        answer = await client.post("/auth/register", json=new_user())
        assert answer.status_code == httpx.codes.CREATED, answer.text
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@pytest.fixture(scope="session")
def token(market: RunningMarket) -> str:
    """The token of one player for all tests to which it does not matter who asks."""
    answer = httpx.post(f"{market.url}/api/v1/auth/register", json=new_user(), timeout=WAIT_SECONDS)
    access_token: str = answer.json()["access_token"]
    return access_token


@pytest.fixture
async def someone(market: RunningMarket, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that player."""
    async with market.client(token=token) as client:
        yield client
