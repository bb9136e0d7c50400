"""What is published, watched from outside while faults strike: each tick in order, the gaps between them, and each order's outcome."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import aclosing
from itertools import pairwise
from typing import NamedTuple

from ops.audit.books import may_follow
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import Filled, Rejected
from streams.following.follow import follow_batches
from streams.following.whole_ticks import NOTHING_SEEN, Position, WholeTick


class Seen(NamedTuple):
    """A tick, as a reader of whole transactions saw it."""

    tick: int
    closed_at: int
    """Milliseconds of log time."""
    seen_at: float
    """Seconds of this machine's monotonic clock."""
    stale: bool


class Gap(NamedTuple):
    """The longest time without a tick, in seconds."""

    seen: float
    """Until a reader saw the next one."""
    closed: float
    """In log time: what its players were without."""


class Outcome(NamedTuple):
    """What a tick decided about an order."""

    tick: int
    closed_at: int
    event: Filled | Rejected


class Watch:
    """Follows the market from its first tick, and says what is wrong with what it publishes. The follower itself refuses a
    broken chain; conservation and one outcome an order are checked here.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self.ticks: list[Seen] = []
        self.last: Tick | None = None
        self.outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
        self.faults: list[str] = []

    async def run(self) -> None:
        """Until it is cancelled, whatever happens to Kafka."""
        async with aclosing(follow_batches(self._bootstrap, seen=NOTHING_SEEN, position=Position(0, 0))) as batches:
            async for batch in batches:
                seen_at = time.monotonic()
                for whole in batch:
                    self._take(whole, seen_at)

    def gap(self, *, since: float) -> Gap:
        """The longest one that was not over at that time, up to the newest tick."""
        around = [(before, after) for before, after in pairwise(self.ticks) if after.seen_at >= since]
        return Gap(
            max((after.seen_at - before.seen_at for before, after in around), default=0.0),
            max((after.closed_at - before.closed_at for before, after in around), default=0) / 1_000,
        )

    def stale_ticks(self, *, since: float) -> int:
        """How many ticks filled nothing, since attention was behind."""
        return sum(seen.stale for seen in reversed(self.ticks) if seen.seen_at >= since)

    def _take(self, whole: WholeTick, seen_at: float) -> None:
        tick = whole.tick
        self.ticks.append(Seen(tick.tick, tick.closed_at, seen_at, tick.attention.stale))
        self.faults += _conservation(tick)
        for event in whole.events:
            if isinstance(event, Filled | Rejected):
                self._outcome(Outcome(tick.tick, tick.closed_at, event), deadline_ms=tick.settings.deadline_ms)
        self.last = tick

    def _outcome(self, outcome: Outcome, *, deadline_ms: int) -> None:
        """A rejection may be told again, and moves nothing: decision 8."""
        order = outcome.event.order
        before = self.outcomes[order.order_id]
        late = outcome.closed_at - order.placed_at
        if isinstance(outcome.event, Filled) and late > deadline_ms:
            self.faults.append(f"order {order.order_id} was filled {late / 1_000:.1f} s after it was placed")
        filled = any(isinstance(earlier.event, Filled) for earlier in before)
        if before and not may_follow(outcome.event, filled=filled, deadline_ms=deadline_ms):
            self.faults.append(f"law 11: order {order.order_id} has a second outcome, at tick {outcome.tick}")
        before.append(outcome)


def _conservation(tick: Tick) -> Iterator[str]:
    there = int(tick.players_cash) + int(tick.house_fees) + sum(int(market.cash) for market in tick.markets)
    if there != int(tick.genesis_cash) + int(tick.grants):
        yield f"tick {tick.tick}: cash is not conserved"
    for market, held in zip(tick.markets, tick.players_shares, strict=True):
        if int(market.treasury) + int(held) != int(market.shares):
            yield f"tick {tick.tick}: the shares of {market.biome} are not conserved"
