"""market.inputs: everything that can change the market, in one order. Only the API, attention, the clock and admin write it."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta

from schemas.biomes import Biome
from schemas.messages.fields import (
    Amount,
    ClientOrderId,
    Count,
    Discard,
    Message,
    Offset,
    OrderId,
    Part,
    Person,
    PlayerId,
    PointsTotal,
    Time,
)
from schemas.units import LARGEST_AMOUNT


class OrderKind(StrEnum):
    """What the quantity of an order counts."""

    BUY_CASH = "buy_cash"
    """Buy for ``quantity`` micro-BDT; the fee comes on top."""
    BUY_SHARES = "buy_shares"
    """Buy ``quantity`` micro-shares and pay at most ``max_pay`` micro-BDT, the fee included."""
    SELL_SHARES = "sell_shares"
    """Sell ``quantity`` micro-shares; the fee comes off the proceeds."""


class PlaceOrder(Message, tag="place_order", frozen=True, kw_only=True):
    """An order. A re-sent one has the same ``order_id`` and ``placed_at`` and changes nothing."""

    order_id: OrderId
    player: PlayerId
    biome: Biome
    kind: OrderKind
    quantity: Amount
    limit: Amount | None = None
    """Limit price in micro-BDT a whole share, compared exactly with the tick's price; equality fills."""
    max_pay: Amount | None = None
    placed_at: Time
    """When the order was first taken: its deadline counts from here."""
    client_order_id: ClientOrderId | None = None


class OpenAccount(Message, tag="open_account", frozen=True, kw_only=True):
    """Open the account of a player with a grant. The first one opens it; any other changes nothing."""

    player: PlayerId
    grant: Amount


class CommandFields(Message, frozen=True, kw_only=True):
    """What every admin command says of itself. Sent twice, it happens once; past the deadline it is refused."""

    command_id: OrderId
    at: Time
    by: Person
    reason: Person


class GrantCash(CommandFields, tag="grant_cash", frozen=True, kw_only=True):
    """Give a player cash out of nothing: counted in the grants of law 1."""

    player: PlayerId
    amount: Annotated[int, Meta(ge=1, le=10**15)]


class SetHalt(CommandFields, tag="set_halt", frozen=True, kw_only=True):
    """Halt or resume a biome, or the whole market when no biome is named."""

    biome: Biome | None
    halted: bool


class SetFreeze(CommandFields, tag="set_freeze", frozen=True, kw_only=True):
    """Freeze or thaw a player: a frozen player cannot order."""

    player: PlayerId
    frozen: bool


BasisPointsField: TypeAlias = Annotated[int, Meta(ge=0, le=10_000)]


class MarketSettings(Part, frozen=True, kw_only=True):
    """The numbers of design section 3. They enter the market as inputs; the environment only seeds an empty log."""

    rules: Annotated[int, Meta(ge=1, le=1_000)] = 1
    """Version of the rules (decoding included): streams/market/core/rules.py has them."""
    window_ms: Annotated[int, Meta(ge=100, le=60_000)] = 500
    pool_bp: BasisPointsField = 2_500
    floor_cash: Amount = 10_000_000_000
    """Micro-BDT: a biome at the floor pays nothing into the pool. 1 % of genesis cash."""
    fee_bp: Annotated[int, Meta(ge=0, le=5_000)] = 200
    largest_order_bp: BasisPointsField = 1_000
    smallest_buy: Amount = 1_000_000
    smallest_price: Annotated[int, Meta(ge=10_000, le=LARGEST_AMOUNT)] = 10_000
    """Micro-BDT a share, for buying only. At least 0.01 BDT: it is what keeps shares within a BIGINT."""
    deadline_ms: Annotated[int, Meta(ge=1_000, le=10_000)] = 10_000
    """At most 10 s: the 64 remembered order ids of an account cover that, and no more (law 8)."""
    orders_per_minute: Annotated[int, Meta(ge=1, le=60)] = 60
    """At most 60: see ``deadline_ms``."""
    minimum_hold_ticks: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    attention_stale_ms: Annotated[int, Meta(ge=500, le=3_600_000)] = 2_000
    attention_shards: Annotated[int, Meta(ge=1, le=1_024)] = 4
    """Partitions of attention.pings: the market waits for a report of each."""


class Genesis(Message, tag="genesis", frozen=True, kw_only=True):
    """The first input of a market. Any later one changes nothing."""

    settings: MarketSettings
    cash: Annotated[int, Meta(ge=1_000_000, le=10**16)] = 1_000_000_000_000
    """Micro-BDT of each biome."""
    treasury: Annotated[int, Meta(ge=1_000_000, le=10**16)] = 10_000_000_000
    """Micro-shares of each biome that the house holds and never sells."""


class ChangeSettings(CommandFields, tag="change_settings", frozen=True, kw_only=True):
    """Replace the settings: the tick that takes this in already redistributes and decides by the new ones.
    Refused when ``attention_shards`` differs: what the shards have counted would have to be counted again.
    """

    settings: MarketSettings


class ReportAttention(Message, tag="report_attention", frozen=True, kw_only=True):
    """Cumulative counters of one attention shard up to an offset. The market takes differences, so a report that is
    lost, late or repeated cannot count twice.
    """

    shard: Annotated[int, Meta(ge=0, le=1_023)]
    shards: Annotated[int, Meta(ge=1, le=1_024)]
    offset: Offset
    """The next offset of the shard's partition: all before it is in the counters."""
    reached: Time
    """Log time of the shard: it has counted everything up to here."""
    taken: Annotated[list[PointsTotal], Meta(min_length=7, max_length=7)]
    """Points taken since the beginning, a biome each."""
    discarded: dict[Discard, PointsTotal]
    """Points (for malformed messages: messages) discarded since the beginning, by reason."""
    cap: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    """Points a player and window, in force."""


class CloseWindow(Message, tag="close_window", frozen=True, kw_only=True):
    """The clock's mark: close this tick. Ignored unless it names the next tick and half a window has passed."""

    tick: Count
    due: Time
    """The wall clock's half second that it stands for: its lateness is measured, nothing else."""


Command: TypeAlias = GrantCash | SetHalt | SetFreeze | ChangeSettings
MarketInput: TypeAlias = (
    PlaceOrder
    | OpenAccount
    | GrantCash
    | SetHalt
    | SetFreeze
    | ChangeSettings
    | Genesis
    | ReportAttention
    | CloseWindow
)
