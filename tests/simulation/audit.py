"""Everything that is held against what became visible, tick by tick."""

from collections import deque
from typing import Any

from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS, MARKET_TICKS, TRADE_EVENTS
from tests.simulation.books import AttentionBooks, Books, Meaning, decode
from tests.simulation.log import Entry, Partition
from tests.simulation.refold import Followed, Refold, Wrong


class Auditor:
    """Reads the simulated topics as anyone with read access could."""

    def __init__(
        self, topics: dict[str, list[Partition]], shard_of: dict[str, int], meanings: dict[bytes, Meaning]
    ) -> None:
        self._attention = [
            AttentionBooks(log, shard, shard_of, meanings) for shard, log in enumerate(topics[ATTENTION_PINGS.name])
        ]
        self.books = Books(topics[MARKET_INPUTS.name][0], self._attention)
        self.refold = Refold(topics)
        self._ticks = Followed(topics[MARKET_TICKS.name][0])
        self._events = Followed(topics[TRADE_EVENTS.name][0])
        self._waiting_ticks: deque[Entry] = deque()
        self._waiting_events: deque[dict[str, Any]] = deque()

    def look(self) -> None:
        """Audit all that became visible since the last look. Raises Wrong."""
        self.refold.compare()
        self._compare_attention()
        self._waiting_ticks.extend(self._ticks.new())
        self._waiting_events.extend(decode(entry.value or b"") for entry in self._events.new())
        while self._waiting_ticks and self._audit_next():
            pass

    def finish(self) -> None:
        """At the end, when all has settled: nothing may be missing, and every row is that of the refold. Raises Wrong."""
        self.look()
        if self._waiting_ticks or self._waiting_events:
            raise Wrong("A tick was never whole.")
        self.refold.finish()

    def _audit_next(self) -> bool:
        """Audit the next tick if all of its events are visible: the markers of a transaction come one by one."""
        entry, events = self._waiting_ticks[0], self._waiting_events
        body = entry.value or b""
        expected = decode(body)["events"]
        if len(events) < expected:
            return False
        self._waiting_ticks.popleft()
        ((_, header),) = entry.headers
        self.books.audit(body, header.decode(), [events.popleft() for _ in range(expected)])
        return True

    def _compare_attention(self) -> None:
        """The rows of each shard against the simple counter (law 10)."""
        for shard, refold in enumerate(self.refold.attention):
            row = refold.rows.get(b"shard")
            if row is None:
                continue
            state = decode(row)
            time, totals = self._attention[shard].at(refold.next_offset)
            counted = (*state["taken"], state["over_cap"], state["wrong_partition"], state["malformed"])
            if (state["time"], counted) != (time, totals):
                raise Wrong(f"law 10: shard {shard} has {counted} at {refold.next_offset}, and {totals} were given.")
