"""audit.verdicts: what the auditor found. Key: ``verified``, or what a mismatch is known by; compacted, so that the last word on each stays."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from schemas.messages.fields import Count, Message, Person, Sha256, Time

TickNumber: TypeAlias = Annotated[int, Meta(ge=1)]
Sentence: TypeAlias = Annotated[str, Meta(max_length=2_000)]


class Verified(Message, tag="verified", frozen=True, kw_only=True):
    """Everything through this tick is exact: its bytes, prices, events and dead letters, the rows, and attention."""

    tick: TickNumber
    hash: Sha256
    """Of the tick."""
    closed_at: Time
    """Of the tick."""
    postgres: Count
    """Through which tick PostgreSQL was compared as well; 0: not yet."""


class Mismatch(Message, tag="mismatch", frozen=True, kw_only=True):
    """Something differs. Trading is halted, and nothing is verified beyond the tick before until an operator accepts it."""

    tick: TickNumber
    found: Annotated[list[Sentence], Meta(min_length=1, max_length=20)]
    diverged: bool
    """The market's state is not what its log makes it: the auditor can only go on from the market's own."""


class Accepted(Message, tag="accepted", frozen=True, kw_only=True):
    """An operator has looked at the mismatch of this tick, and the auditor is to go on."""

    tick: TickNumber
    by: Person
    reason: Person


AuditVerdict: TypeAlias = Verified | Mismatch | Accepted
