"""Create the topics as they are declared, and write the first input of an empty market."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest

from ops.process import StartupProblem
from schemas.decoding import Undecodable, decode_market_input, encode
from schemas.environment import Environment
from schemas.messages.market_inputs import Genesis, MarketSettings
from schemas.topics import MARKET_INPUTS, TOPICS, Topic
from schemas.units import BASIS_POINTS, AmountError, parse_amount

CREATION_SECONDS: Final = 30.0
"""Longest until every broker knows a new topic."""
GROUPS: Final = ("attention", "market")
"""The consumer groups that workers join."""
COORDINATION_SECONDS: Final = 30.0
"""Longest until the brokers of a new Kafka have agreed on who coordinates groups."""
POLL_SECONDS: Final = 0.1
COORDINATION_POLL_SECONDS: Final = 0.02
GENESIS_SECONDS: Final = 30.0
FLOOR_BASIS_POINTS: Final = 100
"""A biome at 1 % of its genesis cash pays nothing into the pool (design section 3)."""


async def create_topics(bootstrap: str, *, replication: int, attention_shards: int) -> list[str]:
    """Create the declared topics that are missing: their names. What is there is held against the declaration.

    Raises:
        StartupProblem: Kafka does not answer, a topic differs from its declaration, or one could not be created.
    """
    async with _admin(bootstrap) as admin:
        there = await _partitions_by_topic(admin)
        await _refuse_different(admin, there, attention_shards, replication)
        missing = [topic for topic in TOPICS if topic.name not in there]
        if missing:
            await _create(admin, missing, replication=replication, attention_shards=attention_shards)
        return [topic.name for topic in missing]


async def await_coordinators(bootstrap: str) -> None:
    """Wait until the groups of the workers can be joined. A new Kafka makes what it needs for that only when it is first asked,
    and answers with errors until it has.

    Raises:
        StartupProblem: Kafka does not answer, or did not come so far in time.
    """
    async with _admin(bootstrap) as admin:
        until = time.monotonic() + COORDINATION_SECONDS
        while (fault := await _coordination_fault(admin)) is not None:
            if not fault.retriable or time.monotonic() > until:
                raise fault
            await asyncio.sleep(COORDINATION_POLL_SECONDS)


async def seed_genesis(environment: Environment) -> bool:
    """Write the first input of an empty market: whether this call did. A second one, raced, changes nothing.

    Raises:
        StartupProblem: a genesis setting makes no sense, or Kafka does not answer.
    """
    value = encode(genesis_of(environment))
    refused = decode_market_input(value)
    if isinstance(refused, Undecodable):
        raise StartupProblem(
            f"The genesis settings (BIOME_GENESIS_…, BIOME_WINDOW_MS) make no valid market: {refused.detail}"
        )
    try:
        async with asyncio.timeout(GENESIS_SECONDS):
            if not await _is_empty(environment.kafka_bootstrap):
                return False
            await _send(environment.kafka_bootstrap, value)
    except (TimeoutError, KafkaError) as fault:
        raise _no_answer(environment.kafka_bootstrap, fault) from fault
    return True


def genesis_of(environment: Environment) -> Genesis:
    """The genesis that the environment's seeds ask for. Raises StartupProblem for an amount that is none."""
    try:
        cash = parse_amount(environment.genesis_cash_bdt)
        treasury = parse_amount(environment.genesis_treasury_shares)
    except AmountError as fault:
        raise StartupProblem(
            f"BIOME_GENESIS_CASH_BDT or BIOME_GENESIS_TREASURY_SHARES is not an amount. {fault}"
        ) from fault
    settings = MarketSettings(
        window_ms=environment.window_ms,
        attention_shards=environment.attention_shards,
        attention_stale_ms=environment.genesis_attention_stale_ms,
        floor_cash=cash * FLOOR_BASIS_POINTS // BASIS_POINTS,
    )
    return Genesis(v=1, settings=settings, cash=cash, treasury=treasury)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    except KafkaError as fault:
        raise _no_answer(bootstrap, fault) from fault
    finally:
        await admin.close()


def _no_answer(bootstrap: str, fault: Exception) -> StartupProblem:
    return StartupProblem(
        f"Kafka at {bootstrap} does not answer as it should ({type(fault).__name__}: {fault}). Start it, or name another with BIOME_KAFKA_BOOTSTRAP."
    )


async def _coordination_fault(admin: AIOKafkaAdminClient) -> KafkaError | None:
    """What keeps the groups from being joined. A broker is known to coordinate one before it has loaded what it needs to, so it
    is asked for the group's offsets.
    """
    try:
        for group in GROUPS:
            coordinator = await admin.find_coordinator(group)
            answer = await admin._send_request(OffsetFetchRequest(group, None), coordinator)  # noqa: SLF001 -- the client's own method drops this error
            if answer.error_code:
                return for_code(answer.error_code)(group)
    except KafkaError as fault:
        return fault
    return None


async def _partitions_by_topic(admin: AIOKafkaAdminClient) -> dict[str, int]:
    described: list[dict[str, Any]] = await admin.describe_topics([topic.name for topic in TOPICS])
    there = {}
    for topic in described:
        if topic["error_code"] == UnknownTopicOrPartitionError.errno:
            continue
        if topic["error_code"] == 0 and all(partition["leader"] >= 0 for partition in topic["partitions"]):
            there[topic["topic"]] = len(topic["partitions"])
    return there


async def _create(admin: AIOKafkaAdminClient, missing: list[Topic], *, replication: int, attention_shards: int) -> None:
    response = await admin.create_topics(
        [
            NewTopic(
                name=topic.name,
                num_partitions=topic.partition_count(attention_shards),
                replication_factor=replication,
                topic_configs=topic.config(replication=replication),
            )
            for topic in missing
        ]
    )
    for name, code, *message in response.topic_errors:
        if code not in {0, TopicAlreadyExistsError.errno}:  # another process may have been faster
            raise StartupProblem(
                f"Kafka refused to create the topic {name} ({for_code(code).__name__}{': ' + message[0] if message and message[0] else ''})."
                " With fewer brokers than BIOME_KAFKA_REPLICATION, lower that."
            )
    await _until_known(admin, missing, attention_shards, replication)


async def _until_known(
    admin: AIOKafkaAdminClient, missing: list[Topic], attention_shards: int, replication: int
) -> None:
    try:
        async with asyncio.timeout(CREATION_SECONDS):
            while True:
                there = await _partitions_by_topic(admin)
                if all(topic.name in there for topic in missing):
                    break
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as fault:
        raise StartupProblem(
            f"Kafka has not shown the new topics within {CREATION_SECONDS:.0f} s. Look into its log, then start again."
        ) from fault
    await _refuse_different(admin, there, attention_shards, replication)


async def _refuse_different(
    admin: AIOKafkaAdminClient, there: Mapping[str, int], attention_shards: int, replication: int
) -> None:
    topics = [topic for topic in TOPICS if topic.name in there]
    for topic in topics:
        declared, found = topic.partition_count(attention_shards), there[topic.name]
        if declared != found:
            raise _partitions_differ(topic, declared=declared, found=found)
    configs = await _configs(admin, topics)
    for topic in topics:
        differing = {
            name: (value, configs[topic.name].get(name))
            for name, value in topic.config(replication=replication).items()
            if configs[topic.name].get(name) != value
        }
        if differing:
            raise _config_differs(topic, differing)


async def _configs(admin: AIOKafkaAdminClient, topics: list[Topic]) -> dict[str, dict[str, str]]:
    """The settings that topics have. Of several brokers the one that is asked may not have heard of a new topic yet: it is
    asked again.
    """
    found: dict[str, dict[str, str]] = {}
    until = time.monotonic() + CREATION_SECONDS
    while missing := [topic for topic in topics if topic.name not in found]:
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in missing]
        for response in await admin.describe_configs(resources):
            for code, message, _type, name, entries in response.resources:
                if code == 0:
                    found[name] = {entry[0]: entry[1] for entry in entries}
                elif code != UnknownTopicOrPartitionError.errno or time.monotonic() > until:
                    raise StartupProblem(f"Kafka does not tell the settings of the topic {name}: {message}")
        await asyncio.sleep(POLL_SECONDS if len(found) < len(topics) else 0)
    return found


def _partitions_differ(topic: Topic, *, declared: int, found: int) -> StartupProblem:
    if topic.partitions:
        return StartupProblem(
            f"The topic {topic.name} has {found} partitions where {declared} is right: it is not a topic of Biome Market, or somebody grew it, and"
            " what it holds is in no order any more. Use another Kafka (BIOME_KAFKA_BOOTSTRAP), or delete the topic when nothing in it is needed."
        )
    return StartupProblem(
        f"The topic {topic.name} has {found} partitions, and BIOME_ATTENTION_SHARDS asks for {declared}. Go on as before with BIOME_ATTENTION_SHARDS={found}."
        " A market keeps the number that it began with: another one would count a player's points in two places."
    )


def _config_differs(topic: Topic, differing: Mapping[str, tuple[str, str | None]]) -> StartupProblem:
    changes = ",".join(f"{name}={declared}" for name, (declared, _) in differing.items())
    found = ", ".join(f"{name} is {found}" for name, (_, found) in differing.items())
    return StartupProblem(
        f"The topic {topic.name} differs from its declaration in schemas/topics.py: {found}. Set it right with"
        f" kafka-configs --alter --entity-type topics --entity-name {topic.name} --add-config {changes}"
    )


async def _is_empty(bootstrap: str) -> bool:
    partition = TopicPartition(MARKET_INPUTS.name, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    try:
        await consumer.start()
        ends: dict[TopicPartition, int] = await consumer.end_offsets([partition])
    finally:
        await consumer.stop()
    return ends[partition] == 0


async def _send(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    try:
        await producer.start()
        await producer.send_and_wait(MARKET_INPUTS.name, value, partition=0)
    finally:
        await producer.stop()
