"""Connecting to Kafka, and leaving it, for tasks that may be cancelled at any moment."""

# ruff: noqa: SLF001 -- what aiokafka's Fetcher.close does, with what it is made of
import asyncio
from contextlib import suppress
from typing import Any, Final, Protocol

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaError

PATIENCE_SECONDS = 2.0
"""Longest that a cancelled task waits for its connection: a broker that lives answers in milliseconds."""
START_SECONDS = 30.0
"""For the Kafka of a market that is only being started; afterwards whoever reads complains of what is not there."""
LISTEN_SECONDS = 1.0
"""A machine that is away refuses nothing: it is silent."""
LOOK_SECONDS = 0.1
"""Between two looks whether it is there."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


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


CLOSE_OF_AIOKAFKA: Final = Fetcher.close


async def _close(fetcher: Any) -> None:
    """``Fetcher.close``, for ``stop()`` of a consumer.

    That of aiokafka 0.14 waits for each fetch that it has cancelled, and passes on how it ended. When the fetch was waiting for its next
    attempt, ``stop()`` raises CancelledError in the middle, although nobody was cancelled: what is open stays so, and a task that
    reads for ever ends as if it had been told to. Shown in tests/does_history_agree/test_connecting.py.
    """
    fetcher._closed = True
    fetcher._fetch_task.cancel()
    with suppress(asyncio.CancelledError):
        await fetcher._fetch_task
    for waiter in fetcher._fetch_waiters:
        fetcher._notify(waiter)
    for fetch in fetcher._pending_tasks:
        fetch.cancel()
    await asyncio.gather(*fetcher._pending_tasks, return_exceptions=True)


Fetcher.close = _close


async def wait_for_topics(bootstrap: str, *topics: str) -> None:
    """Wait until Kafka has these topics, without the errors that aiokafka logs of one that is not there yet: who follows a market
    may be started before its Kafka. After ``START_SECONDS`` it is no longer waited for.
    """
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _has(await _listening(bootstrap), topics):  # noqa: ASYNC110 - Kafka sets no event of ours
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        log.warning("topics_missing", bootstrap=bootstrap, topics=topics, waited_seconds=START_SECONDS)


async def _listening(bootstrap: str) -> list[str]:
    """The brokers that are there. They need not answer yet."""
    servers = bootstrap.split(",")
    listens = await asyncio.gather(*map(_listens, servers))
    return [server for server, there in zip(servers, listens, strict=True) if there]


async def _listens(server: str) -> bool:
    [(host, port, _)] = collect_hosts(server)
    try:
        async with asyncio.timeout(LISTEN_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _has(brokers: list[str], topics: tuple[str, ...]) -> bool:
    if not brokers:
        return False
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    try:
        await connect(admin)
        described = await admin.describe_topics(list(topics))
        return all(
            topic["error_code"] == 0 and all(partition["leader"] >= 0 for partition in topic["partitions"])
            for topic in described
        )
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
