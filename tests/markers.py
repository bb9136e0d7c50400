"""The markers that end transactions, and waiting for them."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

PATIENCE_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01


class Markers:
    """Looks for markers. Use it as an async context."""

    def __init__(self, bootstrap: str) -> None:
        # The backoff is what a consumer waits for each topic that it meets for the first time.
        self._committed, self._whole = (
            AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level=level, retry_backoff_ms=5)
            for level in ("read_committed", "read_uncommitted")
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._committed)
            await stack.enter_async_context(self._whole)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def until_written(self, *places: TopicPartition) -> None:
        """Wait until no transaction is open in these partitions.

        Kafka answers a commit before its markers are in the logs: until then a reader of what is committed does not see it,
        and what is sent next could come before the marker.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._committed.end_offsets(places) != await self._whole.end_offsets(places):  # noqa: ASYNC110 - Kafka writes them
                await asyncio.sleep(POLL_SECONDS)
