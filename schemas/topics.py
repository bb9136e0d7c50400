"""Every topic, declared once: its creation, its access rules and the table in the docs all come from here."""

from dataclasses import dataclass
from typing import Final, get_args

from schemas.messages.attention_pings import Mark, Ping, Pings
from schemas.messages.audit_verdicts import AuditVerdict
from schemas.messages.dead_letters import DeadLetter
from schemas.messages.fields import Message
from schemas.messages.market_inputs import MarketInput
from schemas.messages.market_prices import Price
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import TradeEvent

FOREVER: Final = -1
DAY_MS: Final = 86_400_000
MIB: Final = 1024 * 1024

PARTITIONED_BY_ATTENTION: Final = 0
"""In place of a number of partitions: as many as there are attention shards (BIOME_ATTENTION_SHARDS)."""


MOST_REPLICAS: Final = 3
"""One may be lost while another one is restarted, and more would cost each write more."""


def replication_of(brokers: int) -> int:
    """Replicas of each partition on so many brokers."""
    return min(brokers, MOST_REPLICAS)


def in_sync_of(replication: int) -> int:
    """Replicas that must have a write before it is acknowledged: all but one. With fewer brokers than that alive nothing is
    taken, so what was acknowledged is never lost with one of them.
    """
    return max(1, replication - 1)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic as it is created, and who may do what with it."""

    name: str
    key: str
    partitions: int
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    what: str
    messages: tuple[type[Message], ...] = ()
    """What its values are. None: rows of state, which only their own process understands."""
    retention_ms: int = FOREVER
    compacted: bool = False
    stamped_by_broker: bool = False
    """LogAppendTime: every rule about time reads the broker's stamp."""
    largest_message: int = MIB
    """Bytes of a batch (max.message.bytes)."""

    def partition_count(self, attention_shards: int) -> int:
        """Partitions to create it with, where attention has so many shards."""
        return self.partitions or attention_shards

    def config(self, *, replication: int = 1) -> dict[str, str]:
        """The broker's settings of the topic, by Kafka's names."""
        config = {
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "cleanup.policy": "compact" if self.compacted else "delete",
            "max.message.bytes": str(self.largest_message),
            "message.timestamp.type": "LogAppendTime" if self.stamped_by_broker else "CreateTime",
        }
        if replication > 1:
            config["min.insync.replicas"] = str(in_sync_of(replication))
        if self.compacted:
            # The owner's loader does not need it, since nobody writes meanwhile. Who reads beside the owner up to an end
            # (the auditor) does: within ten minutes no row below that end is taken away for a newer one above it.
            config |= {"min.compaction.lag.ms": "600000", "segment.ms": str(DAY_MS)}
        return config


ATTENTION_PINGS = Topic(
    name="attention.pings",
    key="player",
    partitions=PARTITIONED_BY_ATTENTION,
    writers=("game", "api", "clock"),
    readers=("attention",),
    what="one ping, or many packed; the clock's marks",
    messages=(Ping, Pings, Mark),
    retention_ms=7 * DAY_MS,
    stamped_by_broker=True,
)
MARKET_INPUTS = Topic(
    name="market.inputs",
    key="player",
    partitions=1,
    writers=("api", "attention", "clock", "admin", "auditor"),
    readers=("market", "auditor"),
    what="orders, openings, grants, attention's counters, admin commands, the clock's marks: one order",
    messages=get_args(MarketInput),
    stamped_by_broker=True,
)
MARKET_TICKS = Topic(
    name="market.ticks",
    key="none",
    partitions=1,
    writers=("market",),
    readers=("everyone",),
    what="the public state after each tick, its receipt, and its hash in a header",
    messages=(Tick,),
)
MARKET_PRICES = Topic(
    name="market.prices",
    key="biome",
    partitions=1,
    writers=("market",),
    readers=("analyst",),
    what="flat rows, one a biome and tick",
    messages=(Price,),
    retention_ms=FOREVER,
)
TRADE_EVENTS = Topic(
    name="trade.events",
    key="player",
    partitions=1,
    writers=("market",),
    readers=("api", "history"),
    what="filled, rejected, opened, granted, frozen: each with the account after it",
    messages=get_args(TradeEvent),
)
DEAD_LETTERS = Topic(
    name="dead.letters",
    key="topic",
    partitions=1,
    writers=("attention", "market"),
    readers=("operator", "api"),
    what="what could not be understood: its bytes, where it came from, and the reason",
    messages=(DeadLetter,),
)
AUDIT_VERDICTS = Topic(
    name="audit.verdicts",
    key="what it is about",
    partitions=1,
    writers=("auditor",),
    readers=("everyone",),
    what="verified through which tick, what differs, and what an operator accepted",
    compacted=True,
    messages=get_args(AuditVerdict),
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
    AUDIT_VERDICTS,
    ATTENTION_STATE,
    MARKET_STATE,
)
