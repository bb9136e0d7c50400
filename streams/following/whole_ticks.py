"""Puts ticks and their events together again. Pure: records in, whole ticks out.

The market writes a tick and its events in one transaction, but to two topics, so a reader sees them apart and in either
order. A tick is whole when all its events are there.
"""

import hashlib
from collections import deque
from typing import NamedTuple

from schemas.decoding import decode_tick, decode_trade_event
from schemas.messages.fields import Sha256
from schemas.messages.market_ticks import NO_PREVIOUS, Tick
from schemas.messages.trade_events import TradeEvent


class Seen(NamedTuple):
    """The last tick that a reader has."""

    tick: int
    hash: Sha256


NOTHING_SEEN = Seen(0, NO_PREVIOUS)
"""The reader begins at the first tick of all."""


class Position(NamedTuple):
    """Where to read on, in both topics: everything before is done with."""

    ticks: int
    events: int


class WholeTick(NamedTuple):
    """A tick with all that happened in it."""

    tick: Tick
    body: bytes
    hash: Sha256
    events: tuple[TradeEvent, ...]
    """All ``tick.events`` of them, by index."""
    next: Position
    """Where to read on once this tick is done with."""


class BrokenLogError(Exception):
    """The log is not what one market wrote in one order: a tick is missing, changed, or of another log."""


class _Arrived(NamedTuple):
    tick: Tick
    body: bytes
    hash: Sha256
    next_offset: int


class WholeTicks:
    """The assembler. Feed it records in the order of each topic; take whole ticks."""

    def __init__(self, *, seen: Seen | None, position: Position) -> None:
        """``seen`` None: whatever tick comes first is taken as the beginning, and events before it are dropped."""
        self._seen = seen
        self._position = position
        self._ticks: deque[_Arrived] = deque()
        self._events: deque[tuple[TradeEvent, int]] = deque()
        self._newest = seen

    @property
    def position(self) -> Position:
        """Where to read on after the last tick that was taken."""
        return self._position

    @property
    def seen(self) -> Seen | None:
        """The last tick that was taken."""
        return self._seen

    @property
    def waiting_ticks(self) -> int:
        """Ticks whose events are still to come."""
        return len(self._ticks)

    @property
    def waiting_events(self) -> int:
        """Events whose tick is still to come, or still incomplete."""
        return len(self._events)

    def add_tick(self, *, offset: int, value: bytes | None, stated_hash: bytes | None) -> None:
        """Take in a record of market.ticks.

        Raises:
            BrokenLogError: it is not the tick that comes next, or not what its hash says.
        """
        if value is None or stated_hash is None:
            raise BrokenLogError(f"market.ticks offset {offset}: a record without a body or without its hash.")
        digest = hashlib.sha256(value).hexdigest()
        if stated_hash != digest.encode():
            raise BrokenLogError(
                f"market.ticks offset {offset}: the body does not have the hash that stands beside it."
            )
        tick = decode_tick(value)
        newest = self._newest
        if newest is not None:
            if tick.tick <= newest.tick:
                _refuse_another_log(tick, digest, newest)
                return
            _refuse_a_gap(tick, newest)
        self._newest = Seen(tick.tick, digest)
        self._ticks.append(_Arrived(tick, value, digest, offset + 1))

    def add_event(self, *, offset: int, value: bytes | None) -> None:
        """Take in a record of trade.events."""
        if value is None:
            raise BrokenLogError(f"trade.events offset {offset}: a record without a body.")
        event = decode_trade_event(value)
        if self._seen is None or event.tick > self._seen.tick:
            self._events.append((event, offset + 1))

    def take(self) -> WholeTick | None:
        """The next whole tick, or None while something of it is still to come.

        Raises:
            BrokenLogError: an event of the tick is missing.
        """
        if not self._ticks:
            return None
        arrived = self._ticks[0]
        if self._seen is None:
            self._drop_events_before(arrived.tick.tick)
        if len(self._events) < arrived.tick.events:
            return None
        events, next_event = self._events_of(arrived.tick)
        self._ticks.popleft()
        self._seen = Seen(arrived.tick.tick, arrived.hash)
        self._position = Position(arrived.next_offset, next_event)
        return WholeTick(arrived.tick, arrived.body, arrived.hash, events, self._position)

    def _events_of(self, tick: Tick) -> tuple[tuple[TradeEvent, ...], int]:
        next_offset = self._position.events
        events: list[TradeEvent] = []
        for index in range(tick.events):
            event, next_offset = self._events.popleft()
            if (event.tick, event.index) != (tick.tick, index):
                raise BrokenLogError(
                    f"tick {tick.tick}: event {index} is missing; tick {event.tick}, event {event.index} came in its place."
                )
            events.append(event)
        return tuple(events), next_offset

    def _drop_events_before(self, tick: int) -> None:
        while self._events and self._events[0][0].tick < tick:
            _, next_offset = self._events.popleft()
            self._position = self._position._replace(events=next_offset)


def _refuse_another_log(tick: Tick, digest: Sha256, newest: Seen) -> None:
    if tick.tick == newest.tick and digest != newest.hash:
        raise BrokenLogError(
            f"tick {tick.tick} is not the one that was seen before: this is the log of another market. "
            "Use the data that belongs together, or begin with an empty database."
        )


def _refuse_a_gap(tick: Tick, newest: Seen) -> None:
    if tick.tick != newest.tick + 1:
        raise BrokenLogError(f"tick {tick.tick} came after tick {newest.tick}: the ticks between are missing.")
    if tick.previous != newest.hash:
        raise BrokenLogError(
            f"tick {tick.tick} does not follow the tick {newest.tick} that was seen: the chain is broken."
        )
