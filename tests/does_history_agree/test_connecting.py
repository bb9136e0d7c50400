"""A reader that is cancelled while it connects leaves nothing open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka import client as aiokafka_client
from aiokafka.conn import AIOKafkaConnection

from streams.following.connecting import Client, connect


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
