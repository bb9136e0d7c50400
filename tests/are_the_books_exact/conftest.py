"""A Kafka of their own for these tests, since a market's topics have fixed names; emptied for each test that asks."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ops.directories import free_port
from ops.kafka import Kafka
from ops.postgres import Postgres
from schemas.environment import Environment
from schemas.topics import TOPICS
from streams.history.migration import migrate
from tests.are_the_books_exact.logged_market import LoggedMarket
from tests.conftest import BackgroundLoop
from tests.markers import watched_markers

DELETION_SECONDS = 30.0
POLL_SECONDS = 0.05
SHARDS = 1


@pytest.fixture(scope="package")
def kafka_of_the_audit(
    background: BackgroundLoop, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("kafka-of-the-audit")
    server = Kafka(folder, cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    with (folder / "output.log").open("w", buffering=1) as log:
        background.run(server.start(progress=print, output=lambda _name, line: print(line, file=log)))
        yield server.bootstrap
        background.run(server.stop())


@pytest.fixture
async def bootstrap(kafka_of_the_audit: str) -> AsyncIterator[str]:
    """host:port of a Kafka with the declared topics, empty. Stamps are the producer's, so that tests need not wait."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_of_the_audit)
    await admin.start()
    try:
        topics = [
            NewTopic(
                name=topic.name,
                num_partitions=topic.partition_count(SHARDS),
                replication_factor=1,
                topic_configs=topic.config() | {"message.timestamp.type": "CreateTime", "retention.ms": "-1"},
            )
            for topic in TOPICS
        ]
        await admin.create_topics(topics)
        yield kafka_of_the_audit
        names = {topic.name for topic in TOPICS}
        async with asyncio.timeout(DELETION_SECONDS):
            await admin.delete_topics(list(names))
            while names & set(await admin.list_topics()):  # noqa: ASYNC110 - it is another process that deletes
                await asyncio.sleep(POLL_SECONDS)
    finally:
        await admin.close()


@pytest.fixture
async def market(bootstrap: str) -> AsyncIterator[LoggedMarket]:
    """A market with its genesis and nothing else."""
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=uuid.uuid4().hex) as transactional,
        AIOKafkaProducer(bootstrap_servers=bootstrap) as plain,
        watched_markers(bootstrap) as until_marked,
    ):
        market = LoggedMarket(bootstrap, transactional, plain, until_marked)
        await market.begin()
        yield market


@pytest.fixture
def environment(bootstrap: str, background: BackgroundLoop, postgres: Postgres, tmp_path: Path) -> Environment:
    """Of an auditor and of history, with an empty database and a folder."""
    name = f"audit_{uuid.uuid4().hex}"
    background.run(postgres.create_database(name))
    migrate(postgres.url_of(name))
    return Environment(
        kafka_bootstrap=bootstrap,
        database_url=postgres.url_of(name),
        data_dir=tmp_path,
        attention_shards=SHARDS,
        audit_snapshot_ticks=3,
    )
