"""The clock: writes marks into the logs, and nothing else. A second clock, a late one or a wrong one is harmless, since a
mark names the tick that it closes and the market ignores one that comes too early (design section 4).
"""

import asyncio
import time

import structlog

from schemas.decoding import encode
from schemas.messages.attention_pings import Mark
from schemas.messages.market_inputs import CloseWindow
from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS
from streams.durable.changelog import within_limit
from streams.durable.fold import Output
from streams.durable.shards import Shards
from streams.market.core import MarketFold

log = structlog.get_logger(__name__)

MARKET_PARTITION = 0
ALARM_MS = 5_000
"""Between two ticks: more was an outage, or a broker's clock that jumped."""
LOOK_SECONDS = 0.05
"""Between two looks whether this worker owns the market."""
ANSWER_SECONDS = 0.25
"""For attention to report after an owner's first mark: a report leaves within 0.1 s of what it tells."""
LOG_TICKS = 120
"""A line a minute tells that the market ticks."""


class Clock:
    """Marks each wall-clock window while this worker owns the market."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._fold: MarketFold | None = None
        self._first_tick = 0
        self._last_closed_at = 0
        self._said_tick = 0

    async def run(self) -> None:
        while True:
            shard = self._shards.opened.get(MARKET_PARTITION)
            if shard is None:
                self._fold = None
                await asyncio.sleep(LOOK_SECONDS)
                continue
            fold = shard.fold
            assert isinstance(fold, MarketFold)
            if self._fold is not fold:
                self._fold, self._first_tick, self._last_closed_at = fold, fold.next_tick, 0
                # After an outage attention has to report before a tick closes, or that tick would be stale and reject every
                # order that waited.
                await within_limit(self._mark_attention(fold.next_tick), "marking attention's window")
                await asyncio.sleep(ANSWER_SECONDS)
            due = await _next_window(fold.window_ms)
            if self._shards.opened.get(MARKET_PARTITION) is shard:
                await within_limit(self._mark_attention(fold.next_tick), "marking attention's window")
                await within_limit(self._mark_market(fold.next_tick, due=due), "marking the market's window")
                self._tell(fold, offset=shard.position)

    async def _mark_attention(self, tick: int) -> None:
        """Through each shard, so that a quiet one reports too."""
        mark = Output(ATTENTION_PINGS.name, None, encode(Mark(v=1, tick=tick)))
        shards = await self._shards.partition_count(ATTENTION_PINGS)
        await asyncio.gather(*(self._shards.send([mark], partition=shard) for shard in range(shards)))

    async def _mark_market(self, tick: int, *, due: int) -> None:
        close = CloseWindow(v=1, tick=tick, due=due)
        await self._shards.send([Output(MARKET_INPUTS.name, None, encode(close))], partition=MARKET_PARTITION)

    def _tell(self, fold: MarketFold, *, offset: int) -> None:
        tick, closed_at = fold.next_tick - 1, fold.closed_at
        if self._last_closed_at and closed_at - self._last_closed_at > ALARM_MS:
            log.warning("log time jumped", tick=tick, offset=offset, seconds=(closed_at - self._last_closed_at) / 1_000)
        # The time before this worker's first tick is how long nobody ran, which is no fault of a clock.
        self._last_closed_at = closed_at if tick >= self._first_tick else 0
        if tick >= self._said_tick + LOG_TICKS:
            self._said_tick = tick
            log.info("the market ticks", tick=tick, offset=offset)


async def _next_window(window_ms: int) -> int:
    """Sleep until the next multiple of the market's window on the wall clock, and return it in milliseconds."""
    now = time.time_ns() // 1_000_000
    due = (now // window_ms + 1) * window_ms
    await asyncio.sleep((due - now) / 1_000)
    return due
