"""All outcomes of a log as one number, to compare with another store of them. Memory: the late ones, and 20 s of the others.

A rejection may be told again: lately to a flood, and at any time to an order that comes again after its deadline. History
keeps the first outcome. So what repeats an outcome of the last 20 s is left out, and a late one is counted only once it is
known to be the first of its order.
"""

from collections.abc import Sequence

from ops.audit.books import DIGEST_MODULUS, MAY_RETURN_MS, Outcome, is_late, outcome_hash, outcome_of
from schemas.messages.trade_events import Filled, Rejected, TradeEvent


class AllOutcomes:
    """Adds up outcomes."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = 0
        """Sum of SHA-256 over all outcomes, modulo 2^256."""
        self.late: dict[str, Outcome] = {}
        """The first late outcome of an order: it may have had another one before."""
        self._lately: dict[str, int] = {}
        """Log time of the first outcome of an order, the oldest first."""

    def add(self, events: Sequence[TradeEvent], *, deadline_ms: int) -> None:
        """Take in the events of the next tick."""
        for event in events:
            if not isinstance(event, Filled | Rejected):
                continue
            order = event.order.order_id
            if isinstance(event, Rejected) and (order in self._lately or order in self.late):
                continue
            self._lately[order] = event.at
            if is_late(event, deadline_ms=deadline_ms):
                self.late[order] = outcome_of(event)
            else:
                self.add_first(outcome_of(event))
            self._forget(event.at - MAY_RETURN_MS)

    def add_first(self, outcome: Outcome) -> None:
        """Take in what is known to be the first outcome of its order."""
        self.count += 1
        self.digest = (self.digest + outcome_hash(outcome)) % DIGEST_MODULUS

    def _forget(self, before: int) -> None:
        while (oldest := next(iter(self._lately))) and self._lately[oldest] < before:
            del self._lately[oldest]
