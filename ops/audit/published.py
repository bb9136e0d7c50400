"""Published ticks by their number: where in market.ticks a tick stands, and what its record says."""

from typing import Final, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from ops.audit.logs import Log, LogReader
from ops.latest_tick import readable_tick
from schemas.messages.market_ticks import HASH_HEADER, Tick
from schemas.topics import MARKET_TICKS

TICKS: Final = TopicPartition(MARKET_TICKS.name, 0)
OFFSETS_A_TICK: Final = 2
"""At least: the tick, and the marker of its transaction. An aborted one takes two more."""
LOOK_BACK: Final = 8
"""Offsets before the end at which a last tick is looked for, doubled until one is found."""


class Stated(NamedTuple):
    """A tick as a record of the topic, or a line of a file, gives it."""

    body: bytes
    hash: str | None


def stated(record: ConsumerRecord) -> Stated:
    """What stands in the topic."""
    header = next((value for name, value in record.headers if name == HASH_HEADER), None)
    return Stated(record.value or b"", None if header is None else header.decode(errors="replace"))


def reader_of_ticks(bootstrap: str) -> LogReader:
    """A reader of market.ticks alone. Raises KafkaError where no broker answers."""
    return LogReader(bootstrap, {TICKS: 0}, patient=False)


async def seek_tick(log: Log, tick: int) -> bool:
    """Go to the record of a tick, or to what stands in its place, or to the first one after it: whether there is one. Looks
    by halving, and steps over what is no tick.
    """
    low, high = await log.beginning(), await log.end()
    end = high
    if low == 0:
        low = min(high, OFFSETS_A_TICK * (tick - 1))
    while low < high:
        middle = (low + high) // 2
        number = await _first_number(log, at=middle, end=end)
        if number is None or number >= tick:
            high = middle
        else:
            low = middle + 1
    if await _first_number(log, at=low, end=end) != tick:
        log.skip_to(low)
    return not await log.holds_nothing_before(end)


async def last_tick(log: Log) -> int | None:
    """The number of the newest tick; None when there is none. Leaves the log somewhere near its end."""
    beginning, end = await log.beginning(), await log.end()
    back, newest = LOOK_BACK, None
    while newest is None and end > beginning:
        start = max(beginning, end - back)
        log.skip_to(start)
        while not await log.holds_nothing_before(end):
            tick = tick_in(log.take())
            newest = newest if tick is None else tick.tick
        if start == beginning:
            break
        back *= 2
    return newest


def tick_in(record: ConsumerRecord) -> Tick | None:
    """The tick that a record is; None when it is none."""
    return readable_tick(record.value)


async def _first_number(log: Log, *, at: int, end: int) -> int | None:
    """The number of the first tick from an offset on, and the log goes there."""
    log.skip_to(at)
    while not await log.holds_nothing_before(end):
        record = log.head()
        assert record is not None
        tick = tick_in(record)
        if tick is not None:
            return tick.tick
        log.take()
    return None
