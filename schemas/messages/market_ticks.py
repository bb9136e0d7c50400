"""market.ticks: the whole public state after each tick, with the receipt of what moved.

The SHA-256 of the exact body bytes stands beside the body, in the record header ``sha256``; the next tick names it in
``previous``. So anyone who can read the topic can check the chain, and the conservation of every tick.
"""

from typing import Annotated

from msgspec import Meta

from schemas.biomes import Biome
from schemas.messages.fields import Count, Discard, Message, Micro, Offset, OrderId, Part, PlayerId, Sha256, Time
from schemas.messages.market_inputs import MarketSettings

HASH_HEADER = "sha256"
NO_PREVIOUS: Sha256 = "0" * 64
"""What the first tick names as the hash of the tick before."""


class MarketReceipt(Part, frozen=True, kw_only=True):
    """One biome in one tick: ``before - pooled + dealt + bought - sold = cash``, all in micro-BDT."""

    biome: Biome
    halted: bool
    attention: Count
    """Points taken for this biome since the tick before."""
    before: Micro
    pooled: Micro
    dealt: Micro
    bought: Micro
    """Cash that buys brought, without fees."""
    sold: Micro
    """Cash that sales took, fees included."""
    cash: Micro
    price: Micro
    """Micro-BDT a whole share at which this tick's orders filled, rounded down: (before - pooled + dealt) / shares before trades."""
    shares_bought: Micro
    shares_sold: Micro
    shares: Micro
    """All shares of the biome after the tick: treasury and players'."""
    treasury: Micro


class ShardReach(Part, frozen=True, kw_only=True):
    """How far one attention shard has counted."""

    offset: Offset
    reached: Time


class AttentionReceipt(Part, frozen=True, kw_only=True):
    """Where the attention since the tick before went (law 10)."""

    taken: Count
    discarded: dict[Discard, Count]
    """By reason, in points (malformed: in messages and entries of packs); a reason without any is left out."""
    cap: Count | None
    """Points a player and window that the last report used; none before the first report."""
    behind_ms: Annotated[int, Meta(ge=0)] | None
    """How far the slowest shard is behind the mark; none while a shard has not reported yet."""
    stale: bool
    """True: this tick filled nothing, since attention was too far behind."""
    shards: list[ShardReach | None]


class CommandReceipt(Part, frozen=True, kw_only=True):
    """An admin command that this tick took in, and what became of it."""

    command_id: OrderId
    command: str
    by: str
    reason: str
    at: Time
    applied: bool
    refusal: str | None = None
    biome: Biome | None = None
    player: PlayerId | None = None


class OrderCounts(Part, frozen=True, kw_only=True):
    """What this tick did with the orders that it took in."""

    filled: Count
    rejected: dict[str, Count]
    duplicates: Count


class InputRange(Part, frozen=True, kw_only=True):
    """Offsets of market.inputs that this tick folded, both ends included. ``last`` is the mark, or, when more orders
    waited than one tick decides, the input before the first order that is left to the next tick.
    """

    first: Offset
    last: Offset


class Tick(Message, tag="tick", frozen=True, kw_only=True):
    tick: Annotated[int, Meta(ge=1)]
    closed_at: Time
    """The broker's time of the mark that closed it."""
    due: Time
    """The wall clock's half second that the mark stood for."""
    windows: Annotated[int, Meta(ge=1)]
    """Windows that this tick covers: more than one after an outage."""
    inputs: InputRange
    events: Count
    """Messages on trade.events that belong to this tick, numbered from 0."""
    dead_letters: Count
    previous: Sha256
    settings: MarketSettings
    halted: bool
    """The whole market is halted."""
    markets: Annotated[list[MarketReceipt], Meta(min_length=7, max_length=7)]
    attention: AttentionReceipt
    orders: OrderCounts
    commands: list[CommandReceipt]
    accounts: Count
    accounts_digest: Sha256
    """Sum, modulo 2^256, of SHA-256 over each account's row: see docs/ARCHITECTURE.md."""
    players_cash: Micro
    players_shares: Annotated[list[Micro], Meta(min_length=7, max_length=7)]
    house_fees: Micro
    fees: Micro
    """Fees of this tick alone."""
    genesis_cash: Micro
    """Cash that all markets together began with."""
    grants: Micro
    """Cash granted to players since genesis. Law 1: players_cash + sum of cash + house_fees = genesis_cash + grants."""
