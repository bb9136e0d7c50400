"""What must have been published, by folding the logs again without a crash: compared byte by byte, in order, once each.

This is the only part of the audit that uses the cores. That they keep the laws is checked in ``books``, which does not.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from schemas.topics import (
    ATTENTION_PINGS,
    ATTENTION_STATE,
    DEAD_LETTERS,
    MARKET_INPUTS,
    MARKET_PRICES,
    MARKET_STATE,
    MARKET_TICKS,
    TRADE_EVENTS,
)
from streams.attention.core import AttentionFold
from streams.durable.fold import Commit, Fold, Output, Record
from streams.durable.rows import Rows, digest_of
from streams.market.core import MarketFold
from tests.simulation.log import Entry, Partition
from tests.simulation.workers import CAP, WINDOW_MS

HIGH_WATER: Final = b"high-water"
DIGEST_EVERY: Final = 50
"""Commits between two digests that are computed from all rows."""


class Wrong(AssertionError):  # noqa: N818 -- reads as a sentence
    """Something that the simulation must never show. Its message is a sentence."""


class Followed:
    """A reader of one partition that sees what was committed."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self.position = 0

    def new(self, most: int = 1_000_000) -> list[Entry]:
        """What became visible since the last call."""
        found, self.position = self.partition.read(self.position, committed=True, most=most)
        return found


class Refolded(NamedTuple):
    """A commit of the refold, whose rows have not been seen in the changelog yet."""

    commit: Commit
    changes: dict[bytes, bytes]
    rows: int
    digest: str


class ShardRefold:
    """One shard folded again as far as anything that it must have published is seen, and its changelog read beside it:
    the markers of a transaction reach topics in any order, so neither is always ahead.
    """

    def __init__(self, fold: Fold, log: Partition, changelog: Partition, expect: Callable[[Commit], None]) -> None:
        self.fold = fold
        self.changelog = Followed(changelog)
        self.rows: dict[bytes, bytes] = {}
        """As an independent reader of the changelog sees them, without the high-water."""
        self.next_offset = 0
        self._expect = expect
        self._log = log
        self._position = 0
        self._changed: dict[bytes, bytes] = {}
        self._unseen: deque[Refolded] = deque()
        self._commits = 0
        self._first = True

    def next_commit(self) -> None:
        """Fold until the next commit."""
        commit = self.fold.initial_commit() if self._first else None
        self._first = False
        while commit is None:
            entries, self._position = self._log.read(self._position, committed=False, most=1)
            if not entries:
                raise Wrong(f"{self._log}: more was committed than the log has.")
            (entry,) = entries
            commit = self.fold.fold(Record(entry.offset, entry.timestamp, entry.key, entry.value))
        rows = self.fold.rows
        self._unseen.append(Refolded(commit, rows.take_changes(), len(rows), rows.digest()))
        self._expect(commit)

    def compare_changelog(self) -> None:
        """Hold what became visible of the changelog against the refold, transaction by transaction."""
        for entry in self.changelog.new():
            if entry.key != HIGH_WATER:
                assert entry.key is not None
                self._changed[entry.key] = entry.value or b""
                continue
            high_water = msgspec.json.decode(entry.value or b"")
            self._compare_transaction(high_water, entry.offset, self._commit_to(high_water["next_offset"]))

    def _commit_to(self, next_offset: int) -> Refolded:
        """The next commit; with it those after it, as far as they were put off and made together."""
        refolded = self._next_unseen()
        while refolded.commit.may_wait and refolded.commit.next_offset < next_offset:
            later = self._next_unseen()
            refolded = later._replace(changes=refolded.changes | later.changes)
        return refolded

    def _next_unseen(self) -> Refolded:
        if not self._unseen:
            self.next_commit()
        return self._unseen.popleft()

    def _compare_transaction(self, high_water: dict[str, Any], offset: int, refolded: Refolded) -> None:
        if self._changed != refolded.changes:
            raise Wrong(f"{self.changelog.partition}: the rows before offset {offset} are not those of the refold.")
        self.rows |= self._changed
        self._changed = {}
        self._commits += 1
        self.next_offset = high_water["next_offset"]
        if (self.next_offset, high_water["rows"]) != (refolded.commit.next_offset, len(self.rows)):
            raise Wrong(f"{self.changelog.partition}: {high_water} is not the high-water of the refold.")
        digest = digest_of(self.rows) if self._commits % DIGEST_EVERY == 0 else refolded.digest
        if high_water["digest"] != digest:
            raise Wrong(f"{self.changelog.partition}: the digest at {self.next_offset} is not that of the rows.")

    def finish(self) -> None:
        """All of the changelog again, from the beginning, as whoever loads it would see it."""
        if self._changed or self._unseen:
            raise Wrong(f"{self.changelog.partition}: something of the last commit is missing at the end.")
        entries, _ = self.changelog.partition.read(0, committed=True, most=1_000_000_000)
        rows = {entry.key: entry.value for entry in entries}
        rows.pop(HIGH_WATER, None)
        if rows != dict(self.fold.rows.items()) or rows != self.rows:
            raise Wrong(f"{self.changelog.partition}: the rows at the end are not those of the refold.")


class Refold:
    """Both cores over their logs, and all that they must have published."""

    def __init__(self, topics: dict[str, list[Partition]]) -> None:
        self._expected: dict[str, deque[Output]] = {
            topic.name: deque() for topic in (MARKET_TICKS, MARKET_PRICES, TRADE_EVENTS)
        }
        self._letters: dict[tuple[str, int], deque[Output]] = {}
        self._published = {topic: Followed(topics[topic][0]) for topic in (*self._expected, DEAD_LETTERS.name)}
        self.market = ShardRefold(
            MarketFold(Rows()), topics[MARKET_INPUTS.name][0], topics[MARKET_STATE.name][0], self._expect
        )
        pings = topics[ATTENTION_PINGS.name]
        self.attention = [
            ShardRefold(
                AttentionFold(Rows(), shard=shard, shards=len(pings), cap=CAP, window_ms=WINDOW_MS),
                log,
                topics[ATTENTION_STATE.name][shard],
                self._expect,
            )
            for shard, log in enumerate(pings)
        ]

    def compare(self) -> None:
        """Everything that is visible must be the next of what is expected."""
        for shard in (self.market, *self.attention):
            shard.compare_changelog()
        for topic, followed in self._published.items():
            for entry in followed.new():
                if topic == DEAD_LETTERS.name:
                    letter = msgspec.json.decode(entry.value or b"")
                    self._compare(entry, *self._letters_of(letter))
                else:
                    self._compare(entry, self._expected[topic], self.market)

    def finish(self) -> None:
        """When all has settled: nothing may be missing."""
        self.compare()
        for shard in (self.market, *self.attention):
            shard.finish()
        for topic, missing in [*self._expected.items(), *self._letters.items()]:
            if missing:
                raise Wrong(f"{topic}: {len(missing)} messages are missing, the first: {missing[0].value[:200]!r}")

    def _compare(self, entry: Entry, expected: deque[Output], source: ShardRefold) -> None:
        while not expected:
            source.next_commit()
        output = expected.popleft()
        if (entry.key, entry.value, tuple(entry.headers)) != (output.key, output.value, output.headers):
            raise Wrong(
                f"{output.topic}: the message at {entry.offset} is not that of the refold: "
                f"{(entry.value or b'')[:300]!r} and not {output.value[:300]!r}"
            )

    def _letters_of(self, letter: Any) -> tuple[deque[Output], ShardRefold]:
        origin = letter["topic"], letter["partition"]
        source = self.market if origin[0] == MARKET_INPUTS.name else self.attention[origin[1]]
        return self._letters.setdefault(origin, deque()), source

    def _expect(self, commit: Commit) -> None:
        for output in commit.outputs:
            if output.topic == DEAD_LETTERS.name:
                letter = msgspec.json.decode(output.value)
                self._letters.setdefault((letter["topic"], letter["partition"]), deque()).append(output)
            else:
                self._expected[output.topic].append(output)
