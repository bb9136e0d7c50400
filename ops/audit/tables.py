"""The rows of one shard as they are committed to its changelog, held against those of a refold."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from aiokafka import ConsumerRecord, TopicPartition

from ops.audit.logs import Log
from streams.durable.changelog import HIGH_WATER, HighWater
from streams.durable.rows import Rows

SHOWN_KEYS: Final = 3
"""Rows that a sentence names."""


class Table(NamedTuple):
    """Rows and high-water as of the last commit before ``end``."""

    rows: dict[bytes, bytes]
    high_water: HighWater | None
    """None: there is none, or it cannot be read."""
    end: int
    """Offset in the changelog after what was read."""

    def fault(self) -> str | None:
        """What is wrong with it by itself."""
        if self.high_water is None:
            return "there are rows and no high-water row that can be read" if self.rows else None
        rows = Rows(self.rows)
        if (len(rows), rows.digest()) != (self.high_water.rows, self.high_water.digest):
            return "the rows do not have the digest that was committed with them"
        return None


class Write(NamedTuple):
    """What one commit wrote: rows, and the high-water row that ends it."""

    rows: dict[bytes, bytes | None]
    high_water: HighWater | None
    offset: int
    """Of its last record."""


async def load_table(log: Log) -> Table:
    """Read a whole changelog, as far as it is committed now, and leave the log there."""
    end = await log.end()
    log.skip_to(await log.beginning())
    rows: dict[bytes, bytes] = {}
    while not await log.holds_nothing_before(end):
        record = log.take()
        if record.value is None:
            rows.pop(record.key, None)
        else:
            rows[record.key] = record.value
    log.skip_to(end)
    return Table(rows, _high_water(rows.pop(HIGH_WATER, None)), end)


class Writes:
    """The commits of a changelog, one after the other, as their records come in."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes | None] = {}

    @property
    def is_open(self) -> bool:
        """Whether rows came without the high-water row that has to follow them."""
        return bool(self._rows)

    def take(self, record: ConsumerRecord) -> Write | None:
        """Take in a record. What the commit wrote, when it is the last one of it."""
        if record.key != HIGH_WATER:
            self._rows[record.key] = record.value
            return None
        rows, self._rows = self._rows, {}
        return Write(rows, _high_water(record.value), record.offset)


def differing_keys(found: Mapping[bytes, bytes | None], expected: Mapping[bytes, bytes | None]) -> list[bytes]:
    """Keys of rows that are not the same in both, in order."""
    return sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))


def name_rows(keys: list[bytes]) -> str:
    """Some rows by their keys, for a sentence."""
    shown = ", ".join(key.decode(errors="replace") for key in keys[:SHOWN_KEYS])
    more = len(keys) - SHOWN_KEYS
    return f"{shown} and {more} more" if more > 0 else shown


def place_name(place: TopicPartition) -> str:
    """A partition, for a sentence."""
    return f"{place.topic} {place.partition}"


def _high_water(value: bytes | None) -> HighWater | None:
    try:
        return None if value is None else msgspec.json.decode(value, type=HighWater)
    except msgspec.MsgspecError:
        return None
