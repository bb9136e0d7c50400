"""attention.pings: attention as game servers and the API produce it, and the clock's marks."""

from typing import TypeAlias

from schemas.biomes import Biome
from schemas.messages.fields import Count, Message, PlayerId, Points

PackedPing: TypeAlias = tuple[PlayerId, Biome, Points]


class Ping(Message, tag="ping", frozen=True, kw_only=True):
    """One player gave a biome some points of attention. Key: the player."""

    player: PlayerId
    biome: Biome
    points: Points


class Pings(Message, tag="pings", frozen=True, kw_only=True):
    """Many pings in one message, the fast path. Every player must belong to the message's partition (murmur2)."""

    pings: list[PackedPing]


class Mark(Message, tag="mark", frozen=True, kw_only=True):
    """The clock passing through a partition, so that a quiet shard reports too. It does nothing but tell the time."""

    tick: Count
    """The tick that the clock wants to close. Informative: the time is the broker's stamp."""
