"""Are the topics made as declared, once, and does a market begin with exactly one genesis that counts?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

from ops import topics as topics_module
from ops.process import StartupProblem
from ops.topics import create_topics, genesis_of, seed_genesis
from schemas.decoding import decode_market_input
from schemas.environment import Environment
from schemas.topics import MARKET_INPUTS, TOPICS


async def test_x(kafka: str, database: str) -> None:
    print(await create_topics(kafka, replication=1, attention_shards=4))
    print(await create_topics(kafka, replication=1, attention_shards=4))
    e = Environment(kafka_bootstrap=kafka)
    print(await asyncio.gather(seed_genesis(e), seed_genesis(e)))
    print(await seed_genesis(e))
    with pytest.raises(StartupProblem) as x:
        await create_topics(kafka, replication=1, attention_shards=5)
    print(x.value, database)
