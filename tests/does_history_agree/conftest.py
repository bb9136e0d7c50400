"""A Kafka of their own for these tests, since a market's topics have fixed names; emptied for each test."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from ops.directories import free_port
from ops.kafka import Kafka
from ops.postgres import Postgres
from ops.topics import create_topics
from schemas.environment import Environment
from schemas.topics import TOPICS
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop

DELETION_SECONDS = 120.0
POLL_SECONDS = 0.05


@pytest.fixture(scope="session")
def kafka_of_history(
    background: BackgroundLoop, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka]:
    folder = tmp_path_factory.mktemp("kafka-of-history")
    server = Kafka(folder, cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    with (folder / "output.log").open("w", buffering=1) as log:
        background.run(server.start(progress=print, output=lambda _name, line: print(line, file=log)))
        yield server
        background.run(server.stop())


@pytest.fixture
async def bootstrap(kafka_of_history: Kafka) -> AsyncIterator[str]:
    """host:port of a Kafka with the declared topics, empty."""
    address = kafka_of_history.bootstrap
    await create_topics(address, replication=1, attention_shards=1)
    yield address
    await _delete_topics(address)


async def _delete_topics(address: str) -> None:
    """Delete them, and wait until the broker does not know them any more, so that they can be made again."""
    names = {topic.name for topic in TOPICS}
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        async with asyncio.timeout(DELETION_SECONDS):
            await admin.delete_topics(list(names))
            while names & set(await admin.list_topics()):  # noqa: ASYNC110 - it is another process that deletes
                await asyncio.sleep(POLL_SECONDS)
    finally:
        await admin.close()


@pytest.fixture
async def producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A transactional producer, like the market's. Its id is new: the last test's transaction may still be completing, on
    topics that were deleted, and would hold up the next one of its id.
    """
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=uuid.uuid4().hex, acks="all")
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
def environment(bootstrap: str, empty_database: str) -> Environment:
    """Of a history process."""
    return Environment(kafka_bootstrap=bootstrap, database_url=empty_database)


@pytest.fixture
def empty_database(background: BackgroundLoop, postgres: Postgres) -> str:
    """URL of a database with the tables and nothing in them."""
    name = f"history_{uuid.uuid4().hex}"
    background.run(postgres.create_database(name))
    migrate(postgres.url_of(name))
    return postgres.url_of(name)
