"""dead.letters: inputs that could not be understood, with where they came from and why. Key: the topic."""

from enum import StrEnum

from schemas.messages.fields import Count, Message, Offset, Sha256, Time

KEPT_BYTES = 64 * 1024
"""Bytes of the value that a dead letter keeps at most: it must fit its topic whatever was sent."""


class DeadReason(StrEnum):
    EMPTY = "EMPTY"
    OVERSIZED = "OVERSIZED"
    NOT_JSON = "NOT_JSON"
    WRONG_VERSION = "WRONG_VERSION"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    INVALID = "INVALID"
    BAD_ENTRIES = "BAD_ENTRIES"
    """Some entries of a packed ping were bad; the others counted."""


class DeadLetter(Message, tag="dead_letter", frozen=True, kw_only=True):
    topic: str
    partition: Count
    offset: Offset
    at: Time
    """The broker's time of the message."""
    reason: DeadReason
    detail: str
    size: Count
    """Bytes of the whole value."""
    sha256: Sha256
    """Of the whole value."""
    key_base64: str | None
    value_base64: str | None
    """At most the first 64 KiB of the value."""
