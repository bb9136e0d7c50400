"""The ids of the stream's events: a place in the market's own order, so that any replica resumes from one.

Within a tick come the player's orders and then their account, each with its place among the tick's events on trade.events
(``1201.3``), and the tick itself last, with the tick's number alone (``1201``): who has seen that has seen all of the tick.
"""

from typing import Final, NamedTuple

WHOLE: Final = 2**31 - 1
"""The place of the tick itself: after all of its events. (The largest that PostgreSQL's integer holds, as ``orders.index`` is.)"""
MOST_DIGITS: Final = 18
"""Of a tick: it is a BIGINT in PostgreSQL."""
MOST_DIGITS_OF_PLACE: Final = 9
PATTERN: Final = rf"^[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,{MOST_DIGITS_OF_PLACE}}})?$"


class EventId(NamedTuple):
    """Ids compare as the events come."""

    tick: int
    place: int = WHOLE

    @property
    def first_missed(self) -> int:
        """The first tick of which a stream that has seen this event has something to be told."""
        return self.tick + 1 if self.place == WHOLE else self.tick

    def __str__(self) -> str:
        return str(self.tick) if self.place == WHOLE else f"{self.tick}.{self.place}"


def parse(text: str) -> EventId | None:
    """The id that a client gives back; None for a text that is none of ours."""
    tick, point, place = text.partition(".")
    if not _is_number(tick, MOST_DIGITS) or (point and not _is_number(place, MOST_DIGITS_OF_PLACE)):
        return None
    return EventId(int(tick), int(place)) if point else EventId(int(tick))


def _is_number(text: str, most_digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most_digits
