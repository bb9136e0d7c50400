"""Ticks and events put together again: whole, in order, once; or refused."""

import hashlib
import random
from dataclasses import dataclass, replace

import pytest

from schemas.biomes import Biome
from schemas.messages.market_ticks import HASH_HEADER
from schemas.topics import MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.following.whole_ticks import NOTHING_SEEN, BrokenLogError, Position, Seen, WholeTick, WholeTicks
from tests.does_history_agree.written_market import WrittenMarket

BEGINNING = Position(0, 0)


@dataclass(frozen=True)
class LogRecord:
    offset: int
    body: bytes


@dataclass(frozen=True)
class EventRecord(LogRecord):
    pass


@dataclass(frozen=True)
class TickRecord(LogRecord):
    hash: bytes


def a_log() -> tuple[list[TickRecord], list[EventRecord]]:
    """Five ticks with 0 to 3 events, and holes in the offsets where transactions ended."""
    market = WrittenMarket()
    commits = [market.close()]
    market.open("ann", "bob")
    commits.append(market.close())
    for player in ("ann", "bob", "nobody"):
        market.buy(player, Biome.SNOW, 10 * MICRO)
    commits += [market.close(), market.close()]
    market.sell("ann", Biome.SNOW, 1_000)
    commits.append(market.close())
    ticks: list[TickRecord] = []
    events: list[EventRecord] = []
    for commit in commits:
        for output in commit.outputs:
            if output.topic == MARKET_TICKS.name:
                ticks.append(TickRecord(2 * len(ticks) + 1, output.value, dict(output.headers)[HASH_HEADER]))
            elif output.topic == TRADE_EVENTS.name:
                events.append(EventRecord(3 * len(events), output.value))
    assert (len(ticks), len(events)) == (5, 6)
    return ticks, events


def add(assembler: WholeTicks, record: LogRecord) -> None:
    if isinstance(record, TickRecord):
        assembler.add_tick(offset=record.offset, value=record.body, stated_hash=record.hash)
    else:
        assembler.add_event(offset=record.offset, value=record.body)


def taken(assembler: WholeTicks) -> list[WholeTick]:
    return list(iter(assembler.take, None))


@pytest.mark.parametrize("seed", range(20))
def test_whole_ticks_are_the_same_in_whatever_order_the_two_topics_arrive(seed: int) -> None:
    ticks, events = a_log()
    chance = random.Random(seed)
    assembler = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    whole: list[WholeTick] = []
    waiting_ticks: list[LogRecord] = list(ticks)
    waiting_events: list[LogRecord] = list(events)
    while waiting_ticks or waiting_events:
        topic = waiting_ticks if not waiting_events or (waiting_ticks and chance.random() < 0.5) else waiting_events
        add(assembler, topic.pop(0))
        whole += taken(assembler)
    assert [tick.tick.tick for tick in whole] == [1, 2, 3, 4, 5]
    assert [len(tick.events) for tick in whole] == [0, 2, 3, 0, 1]
    assert all(event.tick == tick.tick.tick for tick in whole for event in tick.events)
    assert [tick.body for tick in whole] == [tick.body for tick in ticks]
    assert whole[-1].next == Position(ticks[-1].offset + 1, events[-1].offset + 1)


@pytest.mark.parametrize("after", range(5))
def test_reading_on_from_any_tick_gives_exactly_the_rest(after: int) -> None:
    ticks, events = a_log()
    first = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    for record in (*ticks, *events):
        add(first, record)
    everything = taken(first)
    last = everything[after]
    resumed = WholeTicks(seen=Seen(last.tick.tick, last.hash), position=last.next)
    for record in (*ticks, *events):
        if record.offset >= (last.next.ticks if isinstance(record, TickRecord) else last.next.events):
            add(resumed, record)
    assert taken(resumed) == everything[after + 1 :]


def test_what_was_seen_already_is_dropped() -> None:
    ticks, events = a_log()
    assembler = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    for record in (*ticks, *events):
        add(assembler, record)
    assert len(taken(assembler)) == 5
    for record in (*ticks, *events):
        add(assembler, record)
    assert taken(assembler) == []
    assert (assembler.waiting_ticks, assembler.waiting_events) == (0, 0)


def test_a_reader_that_begins_at_a_later_tick_drops_the_events_before_it() -> None:
    ticks, events = a_log()
    assembler = WholeTicks(seen=None, position=BEGINNING)
    for record in (*events, *ticks[2:]):
        add(assembler, record)
    whole = taken(assembler)
    assert [(tick.tick.tick, len(tick.events)) for tick in whole] == [(3, 3), (4, 0), (5, 1)]


def test_a_missing_tick_is_refused() -> None:
    ticks, _ = a_log()
    assembler = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    add(assembler, ticks[0])
    with pytest.raises(BrokenLogError, match="tick 3 came after tick 1"):
        add(assembler, ticks[2])


def test_a_missing_event_is_refused() -> None:
    ticks, events = a_log()
    assembler = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    for record in (*ticks, *events[:1], *events[2:]):
        add(assembler, record)
    with pytest.raises(BrokenLogError, match="tick 2: event 1 is missing"):
        taken(assembler)


def test_a_body_that_does_not_have_its_hash_is_refused() -> None:
    ticks, _ = a_log()
    changed = ticks[0].body.replace(b'"tick":1', b'"tick":2')
    assembler = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    with pytest.raises(BrokenLogError, match="does not have the hash"):
        add(assembler, replace(ticks[0], body=changed))


def test_a_changed_tick_with_a_hash_of_its_own_breaks_the_chain() -> None:
    ticks, _ = a_log()
    changed = ticks[1].body.replace(b'"windows":1', b'"windows":2')
    assert changed != ticks[1].body
    assembler = WholeTicks(seen=NOTHING_SEEN, position=BEGINNING)
    add(assembler, ticks[0])
    add(assembler, TickRecord(3, changed, hashlib.sha256(changed).hexdigest().encode()))
    with pytest.raises(BrokenLogError, match="the chain is broken"):
        add(assembler, ticks[2])


def test_the_log_of_another_market_is_refused() -> None:
    ticks, _ = a_log()
    assembler = WholeTicks(seen=Seen(1, "f" * 64), position=BEGINNING)
    with pytest.raises(BrokenLogError, match="another market"):
        add(assembler, ticks[0])
