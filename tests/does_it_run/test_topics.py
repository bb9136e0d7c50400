"""Are the topics made as declared, and does a market begin with a genesis?"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from ops.directories import free_port
from ops.kafka import Kafka
from ops.process import StartupProblem
from ops.topics import await_coordinators, create_topics, genesis_of, seed_genesis
from schemas.decoding import decode_market_input
from schemas.environment import Environment
from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS, TOPICS, Topic
from tests.conftest import BackgroundLoop

SHARDS = 3
SOON = 100.0
"""Seconds until Kafka has surely done what it was told."""


@pytest.fixture(scope="module")
def own_kafka(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[str]:
    """A Kafka of this file alone, since the topics have fixed names."""
    folder = tmp_path_factory.mktemp("kafka-of-the-topics")
    kafka = Kafka(folder, cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    background.run(kafka.start(progress=lambda _: None, output=lambda *_: None))
    yield kafka.bootstrap
    background.run(kafka.stop())


@pytest.fixture
async def admin(own_kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=own_kafka)
    await client.start()
    yield client
    await client.close()


@pytest.fixture
async def fresh_kafka(own_kafka: str, admin: AIOKafkaAdminClient) -> AsyncIterator[str]:
    """The same, without any topics."""
    yield own_kafka
    await admin.delete_topics([topic.name for topic in TOPICS])
    async with asyncio.timeout(SOON):
        while await admin.list_topics():  # noqa: ASYNC110 - what Kafka does sets no event of ours
            await asyncio.sleep(0.1)


async def set_retention(admin: AIOKafkaAdminClient, topic: Topic, milliseconds: str) -> None:
    """Change it as an operator would, and wait until Kafka shows it."""
    config = {**topic.config(), "retention.ms": milliseconds}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=config)])
    async with asyncio.timeout(SOON):
        while True:
            [described] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
            if ("retention.ms", milliseconds) in [entry[:2] for entry in described.resources[0][4]]:
                return
            await asyncio.sleep(0.1)


async def inputs(bootstrap: str) -> list[bytes]:
    partition = TopicPartition(MARKET_INPUTS.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        consumer.seek(partition, 0)
        values: list[bytes] = []
        while len(values) < end:
            values += [record.value for record in (await consumer.getmany(timeout_ms=1000)).get(partition, [])]
        return values


async def test_topics_are_created_once_and_what_differs_is_refused(
    fresh_kafka: str, admin: AIOKafkaAdminClient
) -> None:
    created = await create_topics(fresh_kafka, replication=1, attention_shards=SHARDS)
    assert sorted(created) == sorted(topic.name for topic in TOPICS)
    assert await create_topics(fresh_kafka, replication=1, attention_shards=SHARDS) == []

    with pytest.raises(
        StartupProblem, match=rf"attention.pings has {SHARDS} partitions.*BIOME_ATTENTION_SHARDS={SHARDS}"
    ):
        await create_topics(fresh_kafka, replication=1, attention_shards=SHARDS + 1)

    await set_retention(admin, ATTENTION_PINGS, "1000")
    with pytest.raises(StartupProblem, match=r"attention.pings differs.*retention.ms is 1000.*kafka-configs --alter"):
        await create_topics(fresh_kafka, replication=1, attention_shards=SHARDS)


async def test_two_that_create_the_topics_at_once_both_find_them(fresh_kafka: str) -> None:
    both = await asyncio.gather(*(create_topics(fresh_kafka, replication=1, attention_shards=SHARDS) for _ in range(2)))
    assert any(both)
    assert await create_topics(fresh_kafka, replication=1, attention_shards=SHARDS) == []


async def test_an_empty_market_gets_one_genesis_and_a_running_one_none(fresh_kafka: str) -> None:
    seeds: dict[str, Any] = {"genesis_cash_bdt": "2000", "genesis_attention_stale_ms": 3_000}
    environment = Environment(kafka_bootstrap=fresh_kafka, attention_shards=SHARDS, **seeds)
    await create_topics(fresh_kafka, replication=1, attention_shards=SHARDS)

    assert await seed_genesis(environment)
    assert not await seed_genesis(environment)

    [genesis] = [decode_market_input(value) for value in await inputs(fresh_kafka)]
    assert genesis == genesis_of(environment)
    assert genesis.cash == 2_000_000_000
    assert genesis.settings.floor_cash == 20_000_000
    assert genesis.settings.attention_shards == SHARDS
    assert genesis.settings.attention_stale_ms == 3_000


async def test_too_many_replicas_are_told_with_the_setting(fresh_kafka: str) -> None:
    with pytest.raises(StartupProblem, match="BIOME_KAFKA_REPLICATION"):
        await create_topics(fresh_kafka, replication=3, attention_shards=SHARDS)


async def test_a_kafka_that_does_not_answer_is_told_with_the_setting() -> None:
    with pytest.raises(StartupProblem, match=r"does not answer.*BIOME_KAFKA_BOOTSTRAP"):
        await create_topics(f"127.0.0.1:{free_port()}", replication=1, attention_shards=SHARDS)


@pytest.mark.parametrize("amount", ["lots", "-1", "1e6", "0", "99999999999999"])
async def test_a_genesis_that_makes_no_market_is_refused(amount: str) -> None:
    with pytest.raises(StartupProblem, match="BIOME_GENESIS_"):
        await seed_genesis(Environment(genesis_cash_bdt=amount))


async def test_a_group_can_be_joined_without_a_complaint_once_the_coordinators_are_there(
    own_kafka: str, caplog: pytest.LogCaptureFixture
) -> None:
    await await_coordinators(own_kafka)
    async with AIOKafkaConsumer(bootstrap_servers=own_kafka, group_id="market") as member:
        member.subscribe(pattern="^nothing-has-this-name$")
        await asyncio.wait_for(member.getmany(timeout_ms=200), SOON)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_kafka_that_is_away_coordinates_nothing() -> None:
    with pytest.raises(StartupProblem, match="does not answer"):
        await await_coordinators(f"127.0.0.1:{free_port()}")
