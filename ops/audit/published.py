"""Published ticks by their number: where in market.ticks a tick stands, and what its record says."""

from typing import Final, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from ops.audit.logs import Log, LogReader
from schemas.decoding import decode_tick
from schemas.messages.market_ticks import HASH_HEADER
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
    """Go to the record of a tick, or to the first one after it: whether there is one. Looks by halving."""
    low, high = await log.beginning(), await log.end()
    end = high
    if low == 0:
        low = min(high, OFFSETS_A_TICK * (tick - 1))
    while low < high:
        middle = (low + high) // 2
        log.skip_to(middle)
        number = None if await log.holds_nothing_before(end) else _number(log.head())
        if number is None or number >= tick:
            high = middle
        else:
            low = middle + 1
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
            newest = _number(log.take())
        if start == beginning:
            break
        back *= 2
    return newest


def _number(record: ConsumerRecord | None) -> int:
    """Raises msgspec.MsgspecError when the record is no tick."""
    assert record is not None
    return decode_tick(record.value).tick
