"""A tumbling window in whole milliseconds. Faust's own is in floating seconds: ``tumbling(0.5)`` raises, and
``tumbling(1.5)`` overlaps (fault 4 of docs/faust.md). Pure.
"""

from typing import NamedTuple


class TumblingWindow(NamedTuple):
    """Windows that follow each other without gap or overlap, aligned to the epoch."""

    milliseconds: int

    def number(self, time: int) -> int:
        """Number of the window that holds this time (milliseconds since the epoch)."""
        return time // self.milliseconds

    def end(self, number: int) -> int:
        """First millisecond after that window."""
        return (number + 1) * self.milliseconds
