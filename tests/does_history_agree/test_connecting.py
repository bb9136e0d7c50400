"""A reader that is cancelled while it connects leaves nothing open; one that begins before its Kafka waits without a complaint."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka import client as aiokafka_client
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.fetch import FetchRequest

from streams.following import connecting
from streams.following.connecting import Client, connect, wait_for_topics
from tests.conftest import free_port


async def _start(client: Client) -> None:
    await client.start()


async def _left_open(
    bootstrap: str, start: Callable[[Client], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> list[AIOKafkaConnection]:
    """Connections that stay open of a start that is cancelled just after it has asked for the cluster's metadata."""
    made: list[AIOKafkaConnection] = []
    create = aiokafka_client.create_conn

    async def create_and_watch(*place: Any, **settings: Any) -> AIOKafkaConnection:
        connection = await create(*place, **settings)
        if not made:
            ask = connection.send

            def ask_and_cancel(*request: Any) -> Any:
                answer = ask(*request)
                starting.cancel()
                return answer

            monkeypatch.setattr(connection, "send", ask_and_cancel)
        made.append(connection)
        return connection

    monkeypatch.setattr(aiokafka_client, "create_conn", create_and_watch)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    starting = asyncio.ensure_future(start(consumer))
    with pytest.raises(asyncio.CancelledError):
        await starting
    await consumer.stop()
    assert made
    return [connection for connection in made if connection.connected()]


async def test_a_connection_that_is_cancelled_in_its_first_question_is_closed(
    bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _left_open(bootstrap, connect, monkeypatch) == []


async def test_aiokafka_still_forgets_it_by_itself(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails aiokafka was mended: ``connect`` may go."""
    left = await _left_open(bootstrap, _start, monkeypatch)
    assert len(left) == 1
    await left[0].close()


async def _stop_between_two_fetches(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> AIOKafkaConsumer:
    """A consumer that was stopped while a fetch that had failed waited for its next attempt."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, retry_backoff_ms=60_000)
    await connect(consumer)
    failed, send = asyncio.Event(), consumer._client.send

    async def send_no_fetch(node: Any, request: Any, **how: Any) -> Any:
        if isinstance(request, FetchRequest):
            failed.set()
            raise RequestTimedOutError
        return await send(node, request, **how)

    monkeypatch.setattr(consumer._client, "send", send_no_fetch)
    topic = f"read-{uuid.uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        async with asyncio.timeout(30):
            await failed.wait()
        await consumer.stop()
    finally:
        await admin.delete_topics([topic])
        await admin.close()
    return consumer


async def test_a_consumer_that_is_stopped_between_two_fetches_cancels_nobody(
    bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = await _stop_between_two_fetches(bootstrap, monkeypatch)
    assert not any(connection.connected() for connection in consumer._client._conns.values())


async def test_one_of_aiokafkas_still_seems_cancelled(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When this fails aiokafka was mended: ``_close`` may go."""
    monkeypatch.setattr(Fetcher, "close", connecting.CLOSE_OF_AIOKAFKA)
    close = AIOKafkaClient.close
    clients: list[AIOKafkaClient] = []
    monkeypatch.setattr(AIOKafkaClient, "__init__", _noting(AIOKafkaClient.__init__, clients))
    with pytest.raises(asyncio.CancelledError):
        await _stop_between_two_fetches(bootstrap, monkeypatch)
    for client in clients:
        await close(client)


def _noting(make: Callable[..., None], made: list[AIOKafkaClient]) -> Callable[..., None]:
    def make_and_note(client: AIOKafkaClient, *how: Any, **settings: Any) -> None:
        make(client, *how, **settings)
        made.append(client)

    return make_and_note


async def test_a_topic_is_waited_for_until_it_is_there_and_nothing_is_said(
    bootstrap: str, caplog: pytest.LogCaptureFixture
) -> None:
    topic = f"comes-later-{uuid.uuid4()}"
    waiting = asyncio.create_task(wait_for_topics(bootstrap, topic))
    await asyncio.sleep(5 * connecting.LOOK_SECONDS)
    assert not waiting.done()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
        async with asyncio.timeout(connecting.START_SECONDS):
            await waiting
    finally:
        waiting.cancel()
        await admin.delete_topics([topic])
        await admin.close()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_kafka_that_does_not_come_is_waited_for_in_silence_and_then_no_longer(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "START_SECONDS", 5 * connecting.LOOK_SECONDS)
    await wait_for_topics(f"127.0.0.1:{free_port()}", "any")
    assert [record for record in caplog.records if record.name.startswith("aiokafka")] == []
