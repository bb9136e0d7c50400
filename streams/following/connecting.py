"""Connecting to Kafka, for tasks that may be cancelled at any moment."""

import asyncio
from typing import Any, Protocol

PATIENCE_SECONDS = 2.0
"""Longest that a cancelled task waits for its connection: a broker that lives answers in milliseconds."""


class Client(Protocol):
    """A consumer, producer or admin client of aiokafka."""

    async def start(self) -> Any: ...


async def connect(client: Client) -> None:
    """``client.start()``, which a cancellation lets end first, so that ``stop()`` finds all that was opened.

    aiokafka 0.14 forgets its first connection, open, when it is cancelled while it asks for the cluster's metadata
    (``AIOKafkaClient.bootstrap``); shown in tests/does_history_agree/test_connecting.py. The caller stops the client, whatever
    happens here.

    Raises:
        KafkaError, OSError: no broker answers.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        try:
            await asyncio.wait({starting}, timeout=PATIENCE_SECONDS)
        finally:
            starting.cancel()
        if starting.done() and not starting.cancelled():
            starting.exception()  # seen: nobody waits for it any more
        raise
