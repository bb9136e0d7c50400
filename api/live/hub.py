"""The hub: one reader of the market per process, whatever the number of streams.

It keeps the newest ticks in memory for streams that resume, hands each tick to every open stream, and wakes requests that
wait for an outcome.
"""

import asyncio
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import structlog

from api.live.connection import Connection
from api.live.encoding import HEARTBEAT, STALE, TICKING, goodbye, private_events, tick_event
from api.live.event_ids import EventId
from api.live.models import ClosingReason
from api.markets.day_ago import DayAgoPrices
from api.orders.origins import Origins
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

STALE_SECONDS = 2.0
"""Four windows without a tick: streams are told. (``api.status.documents.OLD_MS`` is the same for the status document.)"""
LOOK_SECONDS = 0.5

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_Result = TypeVar("_Result")


class HeldTick(NamedTuple):
    """A tick as the hub keeps it."""

    tick: Tick
    hash: Sha256
    encoded: bytes
    by_player: dict[str, tuple[TradeEvent, ...]]
    """Tuples: unlike lists, those of messages are nothing that the garbage collector looks through."""
    events: int
    origins: Mapping[str, str]
    """The requests of its orders, as far as they are known."""

    def outcomes(self) -> Iterator[Filled | Rejected]:
        """Of the orders that it decided."""
        for events in self.by_player.values():
            yield from (event for event in events if isinstance(event, Filled | Rejected))


class Hub:
    """Follows the market from the newest tick on. ``run`` does the work."""

    def __init__(
        self,
        bootstrap: str,
        day_ago: DayAgoPrices,
        *,
        seen: Callable[[WholeTick], None],
        cut_off: Callable[[str], None],
        offered: Callable[[Tick, int], None] = lambda _tick, _dropped: None,
        origins: Origins | None = None,
    ) -> None:
        """``seen`` is told of every tick, ``cut_off`` of every stream that was ended because of its reader, and why.
        ``offered`` is told of every tick that was written to open streams, and how many had to drop an older one for it.
        ``origins`` knows the requests that orders came with.
        """
        self._bootstrap = bootstrap
        self._seen = seen
        self._cut_off = cut_off
        self._offered = offered
        self._origins = origins
        self._day_ago = day_ago
        self._held: deque[HeldTick] = deque()
        self._events_held = 0
        self._outcomes_held: dict[str, Filled | Rejected] = {}
        self._opened: OrderedDict[str, int] = OrderedDict()
        self._anonymous: set[Connection] = set()
        self._networks: Counter[str | None] = Counter()
        self._streams = 0
        self._connections: defaultdict[str, set[Connection]] = defaultdict(set)
        self._outcomes: defaultdict[str, list[asyncio.Future[Filled | Rejected]]] = defaultdict(list)
        self._openings: defaultdict[str, list[asyncio.Future[int]]] = defaultdict(list)
        self._first_tick = asyncio.Event()
        self._advanced = asyncio.Event()
        self._seen_at = monotonic()
        self.is_stale = False
        """No tick has come for a while, and the streams were told so."""
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

    async def reach(self, tick: int, *, seconds: float) -> bool:
        """Wait until this process has seen a tick. False when it has not within the limit."""
        try:
            async with asyncio.timeout(seconds):
                while self.newest is None or self.newest.tick.tick < tick:
                    await self._advanced.wait()
        except TimeoutError:
            return False
        return True

    def held(self, tick: int) -> HeldTick | None:
        """A tick, while it is held."""
        return next((held for held in reversed(self._held) if held.tick.tick == tick), None)

    def streams_of(self, player: str) -> int:
        """Open streams of a player."""
        return len(self._connections.get(player, ()))

    @property
    def streams(self) -> int:
        """All open streams."""
        return self._streams

    def streams_from(self, network: str) -> int:
        """Open streams of clients of a network."""
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
            connection.close(goodbye(ClosingReason.STOPPING))
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
    def outcome_of(self, order_id: str, *, player: str) -> Iterator[asyncio.Future[Filled | Rejected]]:
        """A future of the outcome of a player's order; done when it is in the ticks held. Begin to wait before the order is
        sent, and none can be missed.
        """
        future: asyncio.Future[Filled | Rejected] = asyncio.get_running_loop().create_future()
        held = self._held_outcome(order_id, player)
        if held is not None:
            future.set_result(held)
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

    def _held_outcome(self, order_id: str, player: str) -> Filled | Rejected | None:
        held = self._outcomes_held.get(order_id)
        return held if held is not None and held.player == player else None

    def replay(self, after: EventId, *, player: str | None) -> bytes | None:
        """What a stream that has seen an event missed: all of it once, in order. None when not all of that is held."""
        if not self._held or self._held[0].tick.tick > after.first_missed or self._held[-1].tick.tick < after.tick:
            return None
        missed: list[bytes] = []
        for held in self._held:
            number = EventId(held.tick.tick)
            if number > after:
                if player is not None:
                    events = held.by_player.get(player, ())
                    missed.extend(private_events(events, held.origins, after=after))
                missed.append(held.encoded)
        return b"".join(missed)

    def close_streams(self) -> None:
        """End every stream, and any that comes later: the process is about to stop."""
        self._closed = True
        for connection in self._all():
            connection.close(goodbye(ClosingReason.STOPPING))

    def close_streams_of(self, player: str) -> None:
        """End a player's streams: whoever is still allowed to comes back."""
        for connection in tuple(self._connections.get(player, ())):
            connection.close(goodbye(ClosingReason.RIGHTS))

    def close_streams_of_players(self) -> None:
        """The same for all players; those of strangers stay."""
        for player in tuple(self._connections):
            self.close_streams_of(player)

    async def run(self) -> None:
        """Follow the market until cancelled.

        Raises:
            BrokenLogError: the log is not one market's. The process should end.
        """
        async with aclosing(follow_newest(self._bootstrap)) as batches:
            async for batch in batches:
                for whole in batch:
                    self._take(whole, await self._origins_of(whole))
                await asyncio.sleep(0)  # requests have their turn between the batches of a catch-up

    async def run_heartbeats(self) -> None:
        """Comment on every open stream now and then, until cancelled."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for connection in self._all():
                connection.heartbeat(HEARTBEAT)

    async def run_stale_watch(self) -> None:
        """Tell open streams when the market stands still, until cancelled. Its next tick tells them that it does not any more."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self.is_stale and self.newest is not None and monotonic() - self._seen_at > STALE_SECONDS:
                self.is_stale = True
                for connection in self._all():
                    connection.mention(STALE)

    def _all(self) -> list[Connection]:
        """A copy, since a connection that fails leaves its set."""
        return [*self._anonymous, *(one for group in self._connections.values() for one in group)]

    def _count(self, connection: Connection, change: int) -> None:
        self._streams += change
        self._networks[connection.network] += change
        if not self._networks[connection.network]:
            del self._networks[connection.network]

    async def _origins_of(self, whole: WholeTick) -> Mapping[str, str]:
        orders = [event.order.order_id for event in whole.events if isinstance(event, Filled | Rejected)]
        return {} if self._origins is None or not orders else await self._origins.of(orders)

    def _take(self, whole: WholeTick, origins: Mapping[str, str] = MappingProxyType({})) -> None:
        of_each: defaultdict[str, list[TradeEvent]] = defaultdict(list)
        for event in whole.events:
            of_each[event.player].append(event)
        by_player = {player: tuple(events) for player, events in of_each.items()}
        encoded = tick_event(whole.tick, whole.hash, self._day_ago)
        self._hold(HeldTick(whole.tick, whole.hash, encoded, by_player, len(whole.events), origins))
        self._wake(whole)
        self._seen_at = monotonic()
        if self.is_stale:
            self.is_stale = False
            for connection in self._all():
                connection.mention(TICKING)
        dropped = self._offer(whole.tick.tick, encoded, by_player, origins)
        if self._streams:
            self._offered(whole.tick, dropped)
        self._seen(whole)
        self._first_tick.set()
        self._advanced.set()
        self._advanced = asyncio.Event()
        log.debug("tick_seen", tick=whole.tick.tick, events=len(whole.events))

    def _hold(self, held: HeldTick) -> None:
        self._held.append(held)
        self._events_held += held.events
        self._outcomes_held.update((outcome.order.order_id, outcome) for outcome in held.outcomes())
        while len(self._held) > MOST_TICKS_HELD or (self._events_held > MOST_EVENTS_HELD and len(self._held) > 1):
            oldest = self._held.popleft()
            self._events_held -= oldest.events
            for outcome in oldest.outcomes():
                self._outcomes_held.pop(outcome.order.order_id, None)

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

    def _offer(
        self, tick: int, encoded: bytes, by_player: dict[str, tuple[TradeEvent, ...]], origins: Mapping[str, str]
    ) -> int:
        """In how many streams an older tick was dropped for this one."""
        # Copies, since a connection that fails leaves its set.
        dropped = sum(connection.offer(tick, encoded) for connection in tuple(self._anonymous))
        for player, connections in tuple(self._connections.items()):
            private = private_events(by_player[player], origins) if player in by_player else ()
            dropped += sum(connection.offer(tick, encoded, private) for connection in tuple(connections))
        return dropped


def _forget(
    waiting: "defaultdict[str, list[asyncio.Future[_Result]]]", key: str, future: "asyncio.Future[_Result]"
) -> None:
    waiting[key].remove(future)
    if not waiting[key]:
        del waiting[key]
