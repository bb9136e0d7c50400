"""Field types that several messages share, each with its limit and the reason for it."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from schemas.units import LARGEST_AMOUNT

Version: TypeAlias = Literal[1]

PlayerId: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}\Z")]
"""Printable and short: it is a Kafka key, part of URLs and of row keys. Players of the API have UUIDs."""
OrderId: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")]
"""A UUIDv5 of player and client order id."""
ClientOrderId: TypeAlias = Annotated[str, Meta(pattern=r"^[ -~]{1,128}\Z")]
"""Printable ASCII, as an HTTP header (Idempotency-Key) can carry."""
Points: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000)]
"""Points of attention of one ping. The cap per player and window is far below; the limit keeps sums small."""
Amount: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT)]
"""Micro-BDT or micro-shares on an input topic, as a JSON number."""
Micro: TypeAlias = Annotated[str, Meta(pattern=r"^(0|-?[1-9][0-9]{0,29})\Z")]
"""Whole micro units as a string, on topics that others read: shares pass 2^53, where JavaScript stops counting."""
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
PointsTotal: TypeAlias = Annotated[int, Meta(ge=0, le=2**52)]
"""Points that one shard has counted since the beginning. Sums over 1,024 shards still fit a ``Count``; at a million points a
second it lasts 140 years.
"""
Offset: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Time: TypeAlias = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since the Unix epoch, UTC, to the end of the year 9999: what calendars can show."""
Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Person: TypeAlias = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]{1,200}\Z")]
"""Who gave an admin command, or why: one line of text."""


class Discard(StrEnum):
    """Why attention was discarded (law 10)."""

    OVER_CAP = "over_cap"
    """Points beyond the cap of a player and window."""
    WRONG_PARTITION = "wrong_partition"
    """Points of a player who belongs in another partition."""
    MALFORMED = "malformed"
    """Messages, and entries of packs, that were not understood: their points are unknown."""
    HALTED = "halted"
    """Points for a biome that was halted when the tick closed. Counted by the market; the others by attention."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", gc=False):
    """What every message has: its ``type`` (by msgspec's tag) and the version of its form.

    ``gc=False``, here and in parts: they are frozen trees of plain values, in which there is no cycle to look for.
    """

    v: Version


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An object inside a message: strict like one, without a tag of its own."""


def micro(amount: int) -> Micro:
    """An amount in the string form of topics that others read."""
    return str(amount)
