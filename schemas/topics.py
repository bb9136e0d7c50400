"""Every topic, declared once: its creation, its access rules and the table in the docs all come from here."""

from dataclasses import dataclass
from typing import Final

FOREVER: Final = -1
DAY_MS: Final = 86_400_000
MIB: Final = 1024 * 1024

PARTITIONED_BY_ATTENTION: Final = 0
"""In place of a number of partitions: as many as there are attention shards (BIOME_ATTENTION_SHARDS)."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic as it is created, and who may do what with it."""

    name: str
    key: str
    partitions: int
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    what: str
    retention_ms: int = FOREVER
    compacted: bool = False
    stamped_by_broker: bool = False
    """LogAppendTime: every rule about time reads the broker's stamp."""
    largest_message: int = MIB
    """Bytes of a batch (max.message.bytes)."""

    def partition_count(self, attention_shards: int) -> int:
        """Partitions to create it with, where attention has so many shards."""
        return self.partitions or attention_shards

    def config(self) -> dict[str, str]:
        """The broker's settings of the topic, by Kafka's names."""
        config = {
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "cleanup.policy": "compact" if self.compacted else "delete",
            "max.message.bytes": str(self.largest_message),
            "message.timestamp.type": "LogAppendTime" if self.stamped_by_broker else "CreateTime",
        }
        if self.compacted:
            # A loader that reads while the cleaner works must still find each row of a transaction together.
            config |= {"min.compaction.lag.ms": "600000", "segment.ms": str(DAY_MS)}
        return config


ATTENTION_PINGS = Topic(
    name="attention.pings",
    key="player",
    partitions=PARTITIONED_BY_ATTENTION,
    writers=("game", "api", "clock"),
    readers=("attention",),
    what="one ping, or many packed; the clock's marks",
    retention_ms=7 * DAY_MS,
    stamped_by_broker=True,
)
MARKET_INPUTS = Topic(
    name="market.inputs",
    key="player",
    partitions=1,
    writers=("api", "attention", "clock", "admin"),
    readers=("market", "auditor"),
    what="orders, openings, grants, attention's counters, admin commands, the clock's marks: one order",
    stamped_by_broker=True,
)
MARKET_TICKS = Topic(
    name="market.ticks",
    key="none",
    partitions=1,
    writers=("market",),
    readers=("everyone",),
    what="the public state after each tick, its receipt, and its hash in a header",
)
MARKET_PRICES = Topic(
    name="market.prices",
    key="biome",
    partitions=1,
    writers=("market",),
    readers=("analyst",),
    what="flat rows, one a biome and tick",
    retention_ms=FOREVER,
)
TRADE_EVENTS = Topic(
    name="trade.events",
    key="player",
    partitions=1,
    writers=("market",),
    readers=("api", "history"),
    what="filled, rejected, opened, granted, frozen: each with the account after it",
)
DEAD_LETTERS = Topic(
    name="dead.letters",
    key="topic",
    partitions=1,
    writers=("attention", "market"),
    readers=("operator",),
    what="what could not be understood: its bytes, where it came from, and the reason",
)
ATTENTION_STATE = Topic(
    name="attention-state-changelog",
    key="row",
    partitions=PARTITIONED_BY_ATTENTION,
    writers=("attention",),
    readers=("attention", "auditor"),
    what="the state rows of each attention shard",
    compacted=True,
)
MARKET_STATE = Topic(
    name="market-state-changelog",
    key="row",
    partitions=1,
    writers=("market",),
    readers=("market", "auditor"),
    what="the accounts, the seven markets and the high-water row",
    compacted=True,
)

TOPICS: tuple[Topic, ...] = (
    ATTENTION_PINGS,
    MARKET_INPUTS,
    MARKET_TICKS,
    MARKET_PRICES,
    TRADE_EVENTS,
    DEAD_LETTERS,
    ATTENTION_STATE,
    MARKET_STATE,
)
