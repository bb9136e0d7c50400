"""The markers that end transactions, and waiting for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

PATIENCE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01
SOON_MS: Final = 5
"""What a consumer waits for each topic that it meets for the first time."""


class UntilMarked(Protocol):
    """Waits until no transaction is open in some partitions.

    Kafka answers a commit before its markers are in the logs: until then a reader of what is committed does not see it, and what
    is sent next could come before the marker.
    """

    async def __call__(self, *places: TopicPartition) -> None: ...


@asynccontextmanager
async def watched_markers(bootstrap: str) -> AsyncIterator[UntilMarked]:
    """Look for markers, and wait for them by calling what this gives."""
    async with (
        AIOKafkaConsumer(
            bootstrap_servers=bootstrap, isolation_level="read_committed", retry_backoff_ms=SOON_MS
        ) as committed,
        AIOKafkaConsumer(bootstrap_servers=bootstrap, retry_backoff_ms=SOON_MS) as whole,
    ):

        async def until_marked(*places: TopicPartition) -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await committed.end_offsets(places) != await whole.end_offsets(places):  # noqa: ASYNC110 - Kafka writes them
                    await asyncio.sleep(POLL_SECONDS)

        yield until_marked
