"""The hub: one reader of the market per process, whatever the number of streams.

It keeps the newest ticks in memory for streams that resume, hands each tick to every open stream, and wakes requests that
wait for an outcome.
"""

import asyncio
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import NamedTuple, TypeVar

import structlog

from api.live.connection import Connection
from api.live.encoding import HEARTBEAT, private_events, tick_event
from api.markets.day_ago import DayAgoPrices
from schemas.messages.fields import Sha256
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import Filled, Opened, Rejected, TradeEvent
from streams.following.follow import follow_newest
from streams.following.whole_ticks import WholeTick

MOST_TICKS_HELD = 600
"""Five minutes of ticks, for streams that resume: a longer absence begins with a snapshot. About 2 MB."""
MOST_EVENTS_HELD = 50_000
"""Private events in the ticks held; fewer ticks are held when they are busy. About 50 MB."""
MOST_OPENINGS_HELD = 10_000
"""Players known to be open before history shows it, which takes milliseconds."""
HEARTBEAT_SECONDS = 15.0
"""Below the idle limits of usual proxies (30 to 60 s)."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_Result = TypeVar("_Result")


class HeldTick(NamedTuple):
    """A tick as the hub keeps it."""

    tick: Tick
    hash: Sha256
    encoded: bytes
    by_player: dict[str, list[TradeEvent]]
    events: int


class Hub:
    """Follows the market from the newest tick on. ``run`` does the work."""

    def __init__(
        self,
        bootstrap: str,
        day_ago: DayAgoPrices,
        *,
        seen: Callable[[WholeTick], None],
        cut_off: Callable[[str], None],
    ) -> None:
        """``seen`` is told of every tick, ``cut_off`` of every stream that was ended because of its reader, and why."""
        self._bootstrap = bootstrap
        self._seen = seen
        self._cut_off = cut_off
        self._day_ago = day_ago
        self._held: deque[HeldTick] = deque()
        self._events_held = 0
        self._opened: OrderedDict[str, int] = OrderedDict()
        self._anonymous: set[Connection] = set()
        self._networks: Counter[str | None] = Counter()
        self._streams = 0
        self._connections: defaultdict[str, set[Connection]] = defaultdict(set)
        self._outcomes: defaultdict[str, list[asyncio.Future[Filled | Rejected]]] = defaultdict(list)
        self._openings: defaultdict[str, list[asyncio.Future[int]]] = defaultdict(list)
        self._first_tick = asyncio.Event()
        self._closed = False

    @property
    def newest(self) -> HeldTick | None:
        """The newest tick; None before the first."""
        return self._held[-1] if self._held else None

    def newest_tick(self) -> Tick | None:
        """The same without what belongs to the streams."""
        newest = self.newest
        return None if newest is None else newest.tick

    async def first_tick(self, *, seconds: float) -> HeldTick | None:
        """The newest tick, waiting for one if there is none yet; None when there is none within the limit."""
        try:
            async with asyncio.timeout(seconds):
                await self._first_tick.wait()
        except TimeoutError:
            return None
        return self.newest

    def streams_of(self, player: str) -> int:
        """Open streams of a player."""
        return len(self._connections.get(player, ()))

    @property
    def streams(self) -> int:
        """All open streams."""
        return self._streams

    def strangers_from(self, network: str | None) -> int:
        """Open streams of clients of a network that are not signed in."""
        return self._networks[network]

    def told(self, player: str) -> int:
        """The newest tick held in which something happened to the player: who follows the stream was told of it. 0: none."""
        return next((held.tick.tick for held in reversed(self._held) if player in held.by_player), 0)

    def opened_at(self, player: str) -> int | None:
        """The tick that opened the account, when that was not long ago."""
        return self._opened.get(player)

    @contextmanager
    def connected(self, connection: Connection) -> Iterator[None]:
        """Offer every tick to the connection meanwhile."""
        group = self._anonymous if connection.player is None else self._connections[connection.player]
        group.add(connection)
        self._count(connection, 1)
        if self._closed:
            connection.close()
        try:
            yield
        finally:
            group.discard(connection)
            self._count(connection, -1)
            if connection.cut_off is not None:
                self._cut_off(connection.cut_off)
            if connection.player is not None and not group:
                self._connections.pop(connection.player, None)

    @contextmanager
    def outcome_of(self, order_id: str) -> Iterator[asyncio.Future[Filled | Rejected]]:
        """A future of the order's outcome. Begin to wait before the order is sent, and none can be missed."""
        future: asyncio.Future[Filled | Rejected] = asyncio.get_running_loop().create_future()
        self._outcomes[order_id].append(future)
        try:
            yield future
        finally:
            _forget(self._outcomes, order_id, future)

    @contextmanager
    def opening_of(self, player: str) -> Iterator[asyncio.Future[int]]:
        """A future of the tick that opens the player's account."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._openings[player].append(future)
        try:
            yield future
        finally:
            _forget(self._openings, player, future)

    def replay(self, last_tick: int, *, player: str | None) -> bytes | None:
        """What a stream that has seen ``last_tick`` missed, or None when that is too long ago to be held.

        The private events of ``last_tick`` itself are in it: the stream may have broken off between two of them.
        """
        if not self._held or not self._held[0].tick.tick <= last_tick <= self._held[-1].tick.tick:
            return None
        missed: list[bytes] = []
        for held in self._held:
            number = held.tick.tick
            if number >= last_tick and player is not None:
                missed.extend(private_events(held.by_player.get(player, [])))
            if number > last_tick:
                missed.append(held.encoded)
        return b"".join(missed)

    def close_streams(self) -> None:
        """End every stream, and any that comes later: the process is about to stop."""
        self._closed = True
        for connection in [*self._anonymous, *(one for group in self._connections.values() for one in group)]:
            connection.close()

    def close_streams_of(self, player: str) -> None:
        """End a player's streams: whoever is still allowed to comes back."""
        for connection in tuple(self._connections.get(player, ())):
            connection.close()

    async def run(self) -> None:
        """Follow the market until cancelled.

        Raises:
            BrokenLogError: the log is not one market's. The process should end.
        """
        async with aclosing(follow_newest(self._bootstrap)) as batches:
            async for batch in batches:
                for whole in batch:
                    self._take(whole)
                await asyncio.sleep(0)  # requests have their turn between the batches of a catch-up

    async def run_heartbeats(self) -> None:
        """Comment on every open stream now and then, until cancelled."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for connection in [*self._anonymous, *(one for group in self._connections.values() for one in group)]:
                connection.heartbeat(HEARTBEAT)

    def _count(self, connection: Connection, change: int) -> None:
        self._streams += change
        if connection.player is None:
            self._networks[connection.network] += change
            if not self._networks[connection.network]:
                del self._networks[connection.network]

    def _take(self, whole: WholeTick) -> None:
        by_player: defaultdict[str, list[TradeEvent]] = defaultdict(list)
        for event in whole.events:
            by_player[event.player].append(event)
        encoded = tick_event(whole.tick, whole.hash, self._day_ago)
        self._hold(HeldTick(whole.tick, whole.hash, encoded, dict(by_player), len(whole.events)))
        self._wake(whole)
        self._offer(whole.tick.tick, encoded, by_player)
        self._seen(whole)
        self._first_tick.set()
        log.debug("tick_seen", tick=whole.tick.tick, events=len(whole.events))

    def _hold(self, held: HeldTick) -> None:
        self._held.append(held)
        self._events_held += held.events
        while len(self._held) > MOST_TICKS_HELD or (self._events_held > MOST_EVENTS_HELD and len(self._held) > 1):
            self._events_held -= self._held.popleft().events

    def _wake(self, whole: WholeTick) -> None:
        for event in whole.events:
            if isinstance(event, Filled | Rejected):
                for outcome in self._outcomes.get(event.order.order_id, ()):
                    if not outcome.done():
                        outcome.set_result(event)
            elif isinstance(event, Opened):
                self._opened[event.player] = event.tick
                if len(self._opened) > MOST_OPENINGS_HELD:
                    self._opened.popitem(last=False)
                for opening in self._openings.get(event.player, ()):
                    if not opening.done():
                        opening.set_result(event.tick)

    def _offer(self, tick: int, encoded: bytes, by_player: dict[str, list[TradeEvent]]) -> None:
        # Copies, since a connection that fails leaves its set.
        for connection in tuple(self._anonymous):
            connection.offer(tick, encoded)
        for player, connections in tuple(self._connections.items()):
            private = private_events(by_player[player]) if player in by_player else ()
            for connection in tuple(connections):
                connection.offer(tick, encoded, private)


def _forget(
    waiting: "defaultdict[str, list[asyncio.Future[_Result]]]", key: str, future: "asyncio.Future[_Result]"
) -> None:
    waiting[key].remove(future)
    if not waiting[key]:
        del waiting[key]
