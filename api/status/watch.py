"""Checks every tick that this replica sees, as anyone could: the chain, conservation, solvency and the receipts."""

from api.status.metrics import Metrics
from streams.following.whole_ticks import WholeTick
from streams.receipts.chain import Chain

MOST_FAULTS_KEPT = 20
"""The first ones tell; one fault often makes many."""


class TickWatch:
    """Fed by the hub. Keeps what the status document says of the checks."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._chain = Chain()
        self.since: int | None = None
        """The first tick that was checked."""
        self.through: int | None = None
        self.faults: list[str] = []

    def take(self, whole: WholeTick) -> None:
        """Check the next tick, and count it."""
        if self.since is None:
            self.since = whole.tick.tick
        self.through = whole.tick.tick
        found = self._chain.take(whole.body, whole.hash)
        self.faults = [*self.faults, *found][:MOST_FAULTS_KEPT]
        self._metrics.tick(whole, faults=len(found))
