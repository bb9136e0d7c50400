"""How far each reader is behind its topic: Kafka's ends against where the ticks say that the processors are."""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from api.status.metrics import Metrics
from api.status.reconnecting import read_for_ever
from schemas.messages.market_ticks import Tick
from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS
from streams.following.connecting import connect

LOOK_SECONDS = 5.0
SOON_SECONDS = 0.5
"""While there is no tick to look from."""
ANSWER_SECONDS = 5.0


class Lag(NamedTuple):
    """How far the processor of one partition is, as of the newest tick."""

    reader: str
    topic: str
    partition: int
    next_offset: int | None
    """What it reads next; None before its first report."""
    end_offset: int

    @property
    def records(self) -> int:
        """Not worked off yet."""
        return max(0, self.end_offset - (self.next_offset or 0))


class LagWatch:
    """Looks every few seconds. ``run`` does the work; ``lags`` is what the last look found, however long ago."""

    def __init__(self, bootstrap: str, newest: Callable[[], Tick | None], metrics: Metrics) -> None:
        self._bootstrap = bootstrap
        self._newest = newest
        self._metrics = metrics
        self._answered = asyncio.Event()
        self.lags: tuple[Lag, ...] = ()

    async def recent(self) -> tuple[Lag, ...]:
        """What the last look found, some seconds ago at most; waits for the first.

        Raises:
            TimeoutError: Kafka does not answer.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._answered.wait()
        return self.lags

    async def run(self) -> None:
        """Look until cancelled, through restarts of Kafka."""
        await read_for_ever(self._look_on)

    async def _look_on(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await connect(consumer)
            while True:
                tick = self._newest()
                if tick is not None:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        self._tell(tuple(lags_at(tick, await consumer.end_offsets(list(_reached(tick))))))
                await asyncio.sleep(SOON_SECONDS if tick is None else LOOK_SECONDS)
        finally:
            self._answered.clear()
            await consumer.stop()

    def _tell(self, lags: tuple[Lag, ...]) -> None:
        self.lags = lags
        self._answered.set()
        for lag in lags:
            self._metrics.lag.labels(lag.reader, lag.topic, str(lag.partition)).set(lag.records)


def lags_at(tick: Tick, ends: dict[TopicPartition, int]) -> Iterator[Lag]:
    """The lags of the processors as of a tick. The ends are newer, so a lag can only be too large, by what came since."""
    for place, next_offset in _reached(tick).items():
        reader = "market" if place.topic == MARKET_INPUTS.name else "attention"
        yield Lag(reader, place.topic, place.partition, next_offset, ends[place])


def _reached(tick: Tick) -> dict[TopicPartition, int | None]:
    """What the processors read next, as the tick tells."""
    shards = {
        TopicPartition(ATTENTION_PINGS.name, partition): None if shard is None else shard.offset
        for partition, shard in enumerate(tick.attention.shards)
    }
    return {TopicPartition(MARKET_INPUTS.name, 0): tick.inputs.last + 1, **shards}
