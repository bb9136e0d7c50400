"""Attention's pure core: a fold over one partition of attention.pings. No Kafka, no clock, no I/O (law 7)."""

from streams.attention.core.fold import AttentionFold
from streams.attention.core.state import ShardCountChanged, WindowLengthChanged

__all__ = ["AttentionFold", "ShardCountChanged", "WindowLengthChanged"]
