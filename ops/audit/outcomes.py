"""All outcomes of a log as one number, to compare with another store of them. Memory: the late ones only.

An order that comes again after its deadline is rejected again, and history keeps the first outcome. So an outcome of that
kind is counted only once it is known to be the first of its order; any other is the first, or the books have a fault.
"""

from collections.abc import Sequence

from ops.audit.books import DIGEST_MODULUS, Outcome, may_repeat, outcome_hash, outcome_of
from schemas.messages.trade_events import Filled, Rejected, TradeEvent


class AllOutcomes:
    """Adds up outcomes."""

    def __init__(self) -> None:
        self.count = 0
        self.digest = 0
        """Sum of SHA-256 over all outcomes, modulo 2^256."""
        self.late: dict[str, Outcome] = {}
        """The first late outcome of an order: it may have had another one before."""

    def add(self, events: Sequence[TradeEvent], *, deadline_ms: int) -> None:
        """Take in the events of the next tick."""
        for event in events:
            if not isinstance(event, Filled | Rejected):
                continue
            if may_repeat(event, deadline_ms=deadline_ms):
                self.late.setdefault(event.order.order_id, outcome_of(event))
            else:
                self.add_first(outcome_of(event))

    def add_first(self, outcome: Outcome) -> None:
        """Take in what is known to be the first outcome of its order."""
        self.count += 1
        self.digest = (self.digest + outcome_hash(outcome)) % DIGEST_MODULUS
