"""A partition as a broker keeps it: records with offsets, transactions that are open in it, and what a reader may see."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any


class Transaction:
    """One transaction of one producer. Its markers may reach its partitions at different times."""

    __slots__ = ("began_at", "committed", "epoch", "id", "partitions", "unmarked")

    def __init__(self, transactional_id: str, epoch: int, began_at: float) -> None:
        self.id = transactional_id
        self.epoch = epoch
        self.began_at = began_at
        self.partitions: dict[Partition, None] = {}
        self.committed: bool | None = None
        """None: not decided yet."""
        self.unmarked = 0
        """Partitions that have no marker yet, once it is decided."""


class Entry:
    """One record. It has the attributes of aiokafka's ConsumerRecord that are used."""

    __slots__ = ("headers", "key", "offset", "timestamp", "transaction", "value")

    def __init__(  # noqa: PLR0917 -- in the order of the slots, and made for each record
        self,
        offset: int,
        timestamp: int,
        key: bytes | None,
        value: bytes | None,
        headers: Any,
        transaction: Transaction | None,
    ) -> None:
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
        self.transaction = transaction


class Partition:
    """Append-only, but for the cleaner. A marker takes an offset and is no record."""

    def __init__(self, topic: str, number: int) -> None:
        self.topic = topic
        self.number = number
        self.end = 0
        self.offsets: list[int] = []
        self.entries: list[Entry] = []
        self.when_appended: Callable[[], None] | None = None
        self._open: dict[Transaction, int] = {}

    def __repr__(self) -> str:
        return f"{self.topic}-{self.number}"

    @property
    def stable_end(self) -> int:
        """A read_committed reader sees nothing from here on: the first offset of the first open transaction."""
        return min(self._open.values()) if self._open else self.end

    def append(
        self, timestamp: int, key: bytes | None, value: bytes | None, headers: Any, transaction: Transaction | None
    ) -> Entry:
        entry = Entry(self.end, timestamp, key, value, headers, transaction)
        if transaction is not None and transaction not in self._open:
            self._open[transaction] = self.end
            transaction.partitions[self] = None
        self.offsets.append(self.end)
        self.entries.append(entry)
        self.end += 1
        if self.when_appended is not None:
            self.when_appended()
        return entry

    def is_open(self, transaction: Transaction | None) -> bool:
        return transaction in self._open

    def mark(self, transaction: Transaction) -> None:
        """Write the marker of a decided transaction."""
        del self._open[transaction]
        self.end += 1

    def read(self, position: int, *, committed: bool, most: int) -> tuple[list[Entry], int]:
        """What a reader gets from a position on, and the position after it."""
        end = self.stable_end if committed else self.end
        index = bisect_left(self.offsets, position)
        found: list[Entry] = []
        entries = self.entries
        while index < len(entries) and len(found) < most:
            entry = entries[index]
            if entry.offset >= end:
                break
            if not committed or entry.transaction is None or entry.transaction.committed:
                found.append(entry)
            index += 1
        if index < len(entries) and entries[index].offset < end:
            return found, entries[index].offset
        return found, max(position, end)

    def compact(self, *, keep_from: int) -> int:
        """Remove what a later committed record of the same key replaces, and what was aborted. Offsets stay. Returns how
        many records went. Nothing from ``keep_from`` or an open transaction on is touched (min.compaction.lag.ms).
        """
        limit = min(keep_from, self.stable_end)
        latest = {
            entry.key: entry.offset
            for entry in self.entries
            if entry.offset < limit and (entry.transaction is None or entry.transaction.committed)
        }
        kept = [entry for entry in self.entries if entry.offset >= limit or latest.get(entry.key) == entry.offset]
        gone = len(self.entries) - len(kept)
        self.entries = kept
        self.offsets = [entry.offset for entry in kept]
        return gone
