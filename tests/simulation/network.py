"""What lies between a client and a broker: time, and now and then a fault. All of it from the seed."""

from collections import Counter
from random import Random
from typing import Final

SPLIT: Final = 0.05
"""Of the records that are sent: then part of a transaction is in the log before the rest of it leaves."""
QUICK_SECONDS: Final = 0.002
"""Nearly everything arrives within this."""
LONGEST_SLOW_SECONDS: Final = 4.0
RETRY_SECONDS: Final = (1.0, 30.0)
"""After which a client sends a lost request again: its connection broke, or its request timed out."""


class Network:
    """Draws how long each message takes, and which ones fail. Rates are per message."""

    def __init__(self, random: Random, faults: Counter[str]) -> None:
        self._random = random
        self.faults = faults
        self.slow = 0.0
        self.lost = 0.0
        self.failed = 0.0
        self.away_until = 0.0
        """The brokers answer nobody before this time."""

    def heal(self) -> None:
        """From now on everything arrives soon."""
        self.slow = self.lost = self.failed = 0.0
        self.away_until = 0.0

    def delay(self, what: str) -> float:
        """Seconds that a message takes. A lost one is sent again: it takes so much longer."""
        drawn = self._random.random()
        quick = QUICK_SECONDS * drawn
        if drawn >= self.slow + self.lost:
            return quick
        if drawn < self.lost:
            self.faults[f"{what} lost, sent again"] += 1
            return self._random.uniform(*RETRY_SECONDS)
        self.faults[f"{what} late"] += 1
        return self._random.uniform(QUICK_SECONDS, LONGEST_SLOW_SECONDS)

    def fails(self, what: str) -> bool:
        """Whether the client gives up on this one, with an error of Kafka's."""
        if self.failed == 0.0 or self._random.random() >= self.failed:
            return False
        self.faults[f"{what} failed"] += 1
        return True

    def is_done_before_it_fails(self) -> bool:
        """What failed for the client may have been done all the same."""
        return self._random.random() < 0.5

    def splits(self) -> bool:
        """Whether this record leaves in another request than the one before."""
        return self._random.random() < SPLIT
