"""The latest tick, as anyone with access to Kafka sees it: what `up` waits for, and what tells that the market moves."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.decoding import decode_tick
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_TICKS
from streams.following.connecting import connect

LOOK_BACK: Final = 8
"""Offsets before the end at which a last tick is looked for: a transaction's marker stands after each tick."""
RETRY_SECONDS: Final = 0.5
READ_SECONDS: Final = 3.0
"""Longest that one look for the last tick takes."""
_TICKS: Final = TopicPartition(MARKET_TICKS.name, 0)


class LatestTick:
    """Follows market.ticks from its end."""

    def __init__(self) -> None:
        self.tick: Tick | None = None
        """The newest one since ``follow`` began."""
        self._seen_at = 0.0
        self._new = asyncio.Event()

    async def follow(self, bootstrap: str, started: asyncio.Event) -> None:
        """For ever, whatever happens to Kafka. ``started`` is set once every tick from then on will be seen."""
        while True:
            with suppress(KafkaError, OSError):
                async with reader_of_ticks(bootstrap) as consumer:
                    await consumer.seek_to_end(_TICKS)
                    started.set()
                    async for record in consumer:
                        if (tick := readable_tick(record.value)) is not None:
                            self.tick = tick
                            self._seen_at = time.monotonic()
                            self._new.set()
            await asyncio.sleep(RETRY_SECONDS)

    async def first(self) -> Tick:
        """The first tick since ``follow`` began, or a later one."""
        await self._new.wait()
        assert self.tick is not None
        return self.tick

    def fresh(self, seconds: float) -> bool:
        """Whether a tick was seen in the last so many seconds."""
        return self.tick is not None and time.monotonic() - self._seen_at < seconds


async def read_last_tick(bootstrap: str) -> Tick | None:
    """The last tick in the log; none when there is none, or when Kafka does not answer."""
    try:
        async with asyncio.timeout(READ_SECONDS), reader_of_ticks(bootstrap) as consumer:
            end = (await consumer.end_offsets([_TICKS]))[_TICKS]
            consumer.seek(_TICKS, max(0, end - LOOK_BACK))
            last: Tick | None = None
            while await consumer.position(_TICKS) < end:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    for record in records:
                        last = readable_tick(record.value) or last
            return last
    except (TimeoutError, KafkaError, OSError):
        return None


def readable_tick(value: bytes | None) -> Tick | None:
    """None for what is no tick: whether it should be there is the auditor's business."""
    try:
        return decode_tick(value or b"")
    except msgspec.MsgspecError:
        return None


@asynccontextmanager
async def reader_of_ticks(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader of market.ticks, of whole transactions only, without a group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="latest",
    )
    try:
        await connect(consumer)
        consumer.assign([_TICKS])
        yield consumer
    finally:
        await consumer.stop()
