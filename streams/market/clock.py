"""The clock: writes marks into the logs, and nothing else. A second clock, a late one or a wrong one is harmless, since a
mark names the tick that it closes and the market ignores one that comes too early (design section 4).
"""

import asyncio
import time

from schemas.decoding import encode
from schemas.messages.attention_pings import Mark
from schemas.messages.market_inputs import CloseWindow
from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS
from streams.durable.agent import DurableAgent
from streams.durable.changelog import within_limit
from streams.durable.fold import Output
from streams.market.core import MarketFold

MARKET_PARTITION = 0


class Clock:
    """Marks each wall-clock window while this worker owns the market."""

    def __init__(self, agent: DurableAgent, *, window_ms: int, attention_shards: int) -> None:
        self._agent = agent
        self._window_ms = window_ms
        self._attention_shards = attention_shards

    async def run(self) -> None:
        while True:
            due = await self._next_window()
            shard = self._agent.shards.get(MARKET_PARTITION)
            if shard is not None:
                assert isinstance(shard.fold, MarketFold)
                await within_limit(self._mark(tick=shard.fold.next_tick, due=due), "marking the window")

    async def _next_window(self) -> int:
        """Sleep until the next multiple of the window on the wall clock, and return it in milliseconds."""
        now = time.time_ns() // 1_000_000
        due = (now // self._window_ms + 1) * self._window_ms
        await asyncio.sleep((due - now) / 1_000)
        return due

    async def _mark(self, *, tick: int, due: int) -> None:
        """Through each attention shard, so that a quiet one reports too; then the market's own."""
        mark = Output(ATTENTION_PINGS.name, None, encode(Mark(v=1, tick=tick)))
        await asyncio.gather(*(self._agent.send([mark], partition=p) for p in range(self._attention_shards)))
        close = CloseWindow(v=1, tick=tick, due=due)
        await self._agent.send([Output(MARKET_INPUTS.name, None, encode(close))], partition=MARKET_PARTITION)
