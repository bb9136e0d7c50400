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
UNOPENED_MS = 500
"""How often to look whether this worker owns the market."""
LOG_TICKS = 120
"""A line a minute tells that the market ticks."""


class Clock:
    """Marks each wall-clock window while this worker owns the market."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._fold: MarketFold | None = None
        self._last_closed_at = 0
        self._said_tick = 0

    async def run(self) -> None:
        while True:
            due = await self._next_window()
            shard = self._shards.opened.get(MARKET_PARTITION)
            if shard is None:
                self._fold = None
                continue
            assert isinstance(shard.fold, MarketFold)
            just_opened, self._fold = self._fold is not shard.fold, shard.fold
            await within_limit(self._mark_attention(shard.fold.next_tick), "marking attention's window")
            # The first mark of an owner goes to attention alone: after an outage it has to report before a tick closes,
            # or that tick would be stale and reject every order that waited.
            if not just_opened:
                await within_limit(self._mark_market(shard.fold.next_tick, due=due), "marking the market's window")
            self._tell(shard.fold, offset=shard.position)

    async def _next_window(self) -> int:
        """Sleep until the next multiple of the market's window on the wall clock, and return it in milliseconds."""
        window_ms = UNOPENED_MS if self._fold is None else self._fold.window_ms
        now = time.time_ns() // 1_000_000
        due = (now // window_ms + 1) * window_ms
        await asyncio.sleep((due - now) / 1_000)
        return due

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
        self._last_closed_at = closed_at
        if tick >= self._said_tick + LOG_TICKS:
            self._said_tick = tick
            log.info("the market ticks", tick=tick, offset=offset)
