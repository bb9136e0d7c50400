"""Ids that were decided, so that a re-sent one changes nothing (law 8), in bounded space.

An id can only be decided while its own time is within the deadline of the tick's, before or after; older or further in
the future it is EXPIRED. The deadline is 10 s at most, so an id that was decided may come back with effect for 20 s.

What is remembered is bounded by number, so something may have to be forgotten that could still come back. Then the
latest own time of what was forgotten is kept instead, and whatever is not remembered and no younger is refused: a few
honest ids too many may be refused, but nothing takes effect twice. (What this cannot cover: more ids than are remembered,
all from a clock that is more than 10 s ahead, sent again once their time has come.)
"""

from typing import Final

import msgspec

from schemas.units import Millis

LONGEST_DEADLINE_MS: Final = 10_000
"""The largest ``deadline_ms`` that the settings allow. Not the one in force: that may be raised later."""


class Decided(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An id with the time that it carried itself and the time of the tick that decided it."""

    id: str
    at: Millis
    decided_at: Millis

    def may_return(self, now: Millis) -> bool:
        """Whether the id, sent again, could still be decided at this time or later."""
        return self.at + LONGEST_DEADLINE_MS >= now


class Remembered(msgspec.Struct):
    """Decided ids in the order of their decision."""

    ids: list[Decided] = []
    forgotten_through: Millis = -1
    """Latest own time of an id that was forgotten while it could return."""

    def knows(self, wanted: str) -> bool:
        return any(decided.id == wanted for decided in self.ids)

    def may_be_forgotten(self, at: Millis) -> bool:
        """Whether an id of this own time that is not known may have been decided before."""
        return at <= self.forgotten_through

    def count_after(self, time: Millis) -> int:
        """How many were decided after this time."""
        return sum(decided.decided_at > time for decided in self.ids)

    def remember(self, decided: Decided, *, at_most: int) -> None:
        """Add an id; beyond ``at_most`` forget the oldest, one that cannot return if there is one."""
        self.ids.append(decided)
        if len(self.ids) <= at_most:
            return
        now = decided.decided_at
        oldest = next((index for index, one in enumerate(self.ids) if not one.may_return(now)), 0)
        forgotten = self.ids.pop(oldest)
        if forgotten.may_return(now):
            self._close_the_door(forgotten, now)

    def forget_what_cannot_return(self, now: Millis) -> None:
        self.ids = [decided for decided in self.ids if decided.may_return(now)]

    def _close_the_door(self, forgotten: Decided, now: Millis) -> None:
        # An own time far in the future must not shut an honest player out until then: the clock that gave it is wrong.
        self.forgotten_through = max(self.forgotten_through, min(forgotten.at, now + LONGEST_DEADLINE_MS))
