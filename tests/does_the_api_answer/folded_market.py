"""A market that is folded in the test's own process: its ticks reach the hub and history when the test says so, and no sooner."""

import hashlib

import msgspec
from psycopg import AsyncConnection

from api.live.hub import Hub
from schemas.biomes import Biome
from schemas.decoding import decode_tick, decode_trade_event
from schemas.messages.market_inputs import PlaceOrder
from schemas.topics import MARKET_TICKS, TRADE_EVENTS
from streams.durable.fold import Commit
from streams.following.whole_ticks import Position, WholeTick
from streams.history.projection import project
from tests.does_history_agree.written_market import WrittenMarket


class FoldedMarket:
    """Real ticks of the real core."""

    def __init__(self, *players: str) -> None:
        self._written = WrittenMarket()
        self._events = 0
        self._projected = Position(0, 0)
        self._written.open(*players)
        self.ticks = [self._whole(self._written.close())]

    @property
    def newest(self) -> int:
        return self._written.ticks

    def tick(self, *buyers: str) -> WholeTick:
        """Close a tick, in which each of them buys."""
        for player in buyers:
            self._written.buy(player, Biome.SNOW, 2_000_000)
        self.ticks.append(self._whole(self._written.close()))
        return self.ticks[-1]

    def place(self, order: PlaceOrder) -> None:
        """Let the next tick take in an order, as of the market's own time."""
        self._written._say(msgspec.structs.replace(order, placed_at=self._written.now))

    def show(self, hub: Hub, *numbers: int) -> None:
        """Let a hub see ticks."""
        for number in numbers:
            hub._take(self.ticks[number - 1])

    async def project(self, database: str, *, through: int) -> None:
        """Let history have every tick up to this one."""
        ticks = self.ticks[self._projected.ticks : through]
        async with await AsyncConnection.connect(database, autocommit=True) as connection:
            assert await project(connection, expected=self._projected, ticks=ticks)
        self._projected = ticks[-1].next

    def _whole(self, commit: Commit) -> WholeTick:
        (body,) = [output.value for output in commit.outputs if output.topic == MARKET_TICKS.name]
        events = [decode_trade_event(output.value) for output in commit.outputs if output.topic == TRADE_EVENTS.name]
        self._events += len(events)
        position = Position(self._written.ticks, self._events)
        return WholeTick(decode_tick(body), body, hashlib.sha256(body).hexdigest(), tuple(events), position)
