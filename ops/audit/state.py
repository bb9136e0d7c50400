"""What an auditor has to keep so as to go on from a tick, and the logs that it reads."""

from typing import Final

import msgspec
from aiokafka import TopicPartition

from ops.audit.attention import ShardStart
from ops.audit.books import Books, BooksState
from ops.audit.market import MarketAudit
from ops.audit.published import TICKS
from schemas.decoding import decode_tick
from schemas.messages.fields import Sha256
from schemas.messages.market_ticks import NO_PREVIOUS
from schemas.topics import (
    ATTENTION_PINGS,
    ATTENTION_STATE,
    DEAD_LETTERS,
    MARKET_INPUTS,
    MARKET_PRICES,
    MARKET_STATE,
    TRADE_EVENTS,
)
from streams.durable.rows import Rows
from streams.receipts.chain import Chain, Link

__all__ = ["DEAD", "EVENTS", "INPUTS", "PRICES", "TABLE", "TICKS"]

INPUTS: Final = TopicPartition(MARKET_INPUTS.name, 0)
PRICES: Final = TopicPartition(MARKET_PRICES.name, 0)
EVENTS: Final = TopicPartition(TRADE_EVENTS.name, 0)
DEAD: Final = TopicPartition(DEAD_LETTERS.name, 0)
TABLE: Final = TopicPartition(MARKET_STATE.name, 0)
OF_THE_MARKET: Final = (TICKS, INPUTS, PRICES, EVENTS, DEAD)
"""What is read from where a state left off."""


class ProjectionPlace(msgspec.Struct, array_like=True, frozen=True):
    """A tick, and where market.ticks and trade.events are read on after it."""

    tick: int = 0
    hash: Sha256 = NO_PREVIOUS
    ticks_offset: int = 0
    events_offset: int = 0


class AuditState(msgspec.Struct, kw_only=True):
    """An auditor after a tick. The rows of the market stand for every input before ``next_offset``."""

    v: int = 1
    tick: int
    hash: Sha256
    closed_at: int
    body: bytes
    """Of the tick."""
    rows: dict[bytes, bytes]
    next_offset: int
    books: BooksState
    offsets: dict[str, int]
    """Where to read on, by topic."""
    shards: list[ShardStart]
    letters: int = 0
    """Where to read on in dead.letters for attention."""
    projection: ProjectionPlace = ProjectionPlace()
    """Through which tick PostgreSQL was compared."""


def pings_of(shard: int) -> TopicPartition:
    """The log of a shard of attention."""
    return TopicPartition(ATTENTION_PINGS.name, shard)


def table_of(shard: int) -> TopicPartition:
    """The changelog of a shard of attention."""
    return TopicPartition(ATTENTION_STATE.name, shard)


def market_of(state: AuditState | None) -> MarketAudit:
    """The market's refold as of a state; None: from the first input on. The state is used up: it goes on living in it."""
    if state is None:
        return MarketAudit()
    return MarketAudit(
        rows=Rows(state.rows),
        next_offset=state.next_offset,
        chain=Chain(Link(decode_tick(state.body), state.hash)),
        books=Books(state.books),
    )
