"""What tests run on: a real Kafka and a real PostgreSQL, started once for all of them, on free ports, in a folder that goes away."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from ops.directories import free_port
from ops.kafka import Kafka
from ops.postgres import Postgres
from ops.process import Output
from schemas.environment import Environment
from tests.background import BackgroundLoop
from tests.scheduling import Scheduling, order
from tests.stack import PATIENT_STALE_MS, OneMarket, Stack

__all__ = ["BackgroundLoop", "free_port"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    order(config, items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def background() -> Iterator[BackgroundLoop]:
    loop = BackgroundLoop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def cache_dir(pytestconfig: pytest.Config) -> Path:
    """Where Kafka's jars are kept between runs: where `biome up` keeps them as well."""
    return pytestconfig.rootpath / Environment().cache_dir


def _written_to(log: TextIO) -> Output:
    def write(_name: str, line: str) -> None:
        log.write(f"{line}\n")

    return write


@pytest.fixture(scope="session")
def kafka(background: BackgroundLoop, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a real Kafka. It has no topics; every test that shares it names its own."""
    folder = tmp_path_factory.mktemp("kafka")
    server = Kafka(folder, cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    with (folder / "output.log").open("w", buffering=1) as log:
        background.run(server.start(progress=print, output=_written_to(log)))
        yield server.bootstrap
        background.run(server.stop())


@pytest.fixture(scope="session")
def postgres(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder, port=free_port())
    with (folder / "output.log").open("w", buffering=1) as log:
        background.run(server.start(output=_written_to(log)))
        yield server
        background.run(server.stop())


@pytest.fixture(scope="module")
def database(background: BackgroundLoop, postgres: Postgres) -> str:
    """URL of an empty database for the tests of one file."""
    name = f"test_{uuid.uuid4().hex}"
    background.run(postgres.create_database(name))
    return postgres.url_of(name)


@pytest.fixture(scope="session")
def one_market() -> OneMarket:
    """Sees to it that this process runs one whole market at a time."""
    return OneMarket()


@pytest.fixture(scope="session")
def stack(one_market: OneMarket, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole of a running market, with some bots, for all tests that need one. Those with a market of their own come later,
    and end it.
    """
    ports = (free_port(), free_port(), free_port(), free_port())
    seeds = {"BIOME_GENESIS_ATTENTION_STALE_MS": str(PATIENT_STALE_MS)}
    running = Stack(tmp_path_factory.mktemp("stack"), cache_dir=cache_dir, ports=ports, bots=4, settings=seeds)
    with one_market.until_the_next(running.kill):
        running.up()
        yield running


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """Where the page and the API of the running market are."""
    return stack.url
