"""What the API answers, typed. Unknown fields are ignored, so that an older client understands a newer server."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Player(_Document, frozen=True):
    id: str
    username: str


class Me(Player, frozen=True):
    account: Literal["open", "pending"]
    """``pending`` until the market opened it."""
    scopes: tuple[str, ...] = ()
    """What the token or key may be used for."""


class Token(_Document, frozen=True):
    access_token: str
    token_type: str
    expires_in: int
    """Seconds."""
    player: Player


class Market(_Document, frozen=True):
    """One biome after a tick."""

    biome: str
    price_bdt: Decimal
    market_cash_bdt: Decimal
    total_shares: Decimal
    attention: int
    change_24h_pct: Decimal | None
    halted: bool


class Markets(_Document, frozen=True):
    """The seven markets after a tick, in their fixed order."""

    tick: int
    closed_at: datetime
    markets: tuple[Market, ...]

    def market(self, biome: str) -> Market:
        """The market of a biome. Raises KeyError."""
        for market in self.markets:
            if market.biome == biome:
                return market
        raise KeyError(biome)


class Tick(Markets, frozen=True):
    """`event: tick`."""

    hash: str
    """SHA-256 of the tick's body on market.ticks."""


class PricePoint(_Document, frozen=True):
    at: datetime
    tick: int
    price_bdt: Decimal


class PriceHistory(_Document, frozen=True):
    biome: str
    hours: int
    points: tuple[PricePoint, ...]


class OrderRejection(_Document, frozen=True):
    code: str
    detail: str


class Ordered(_Document, frozen=True):
    """What was asked for."""

    amount_bdt: Decimal | None
    shares: Decimal | None
    max_pay_bdt: Decimal | None
    limit_price_bdt: Decimal | None


class Order(_Document, frozen=True):
    """An order and its outcome, if it has one yet. What moved is null unless it was filled."""

    order_id: str
    client_order_id: str | None
    biome: str
    side: Literal["buy", "sell"]
    status: Literal["pending", "filled", "rejected"]
    tick: int | None
    shares: Decimal | None
    price_bdt: Decimal | None
    cash_bdt: Decimal | None
    fee_bdt: Decimal | None
    rejection: OrderRejection | None
    placed_at: datetime
    ordered: Ordered | None = None


class Transactions(_Document, frozen=True):
    """A page of decided orders, newest first."""

    items: tuple[Order, ...]
    next: str | None


class Holding(_Document, frozen=True):
    biome: str
    shares: Decimal
    cost_basis_bdt: Decimal
    average_cost_bdt: Decimal
    market_value_bdt: Decimal
    unrealized_gain_bdt: Decimal
    realized_gain_bdt: Decimal


class Portfolio(_Document, frozen=True):
    tick: int
    cash_bdt: Decimal
    market_value_bdt: Decimal
    cost_basis_bdt: Decimal
    net_worth_bdt: Decimal
    granted_bdt: Decimal
    realized_gain_bdt: Decimal
    unrealized_gain_bdt: Decimal
    fees_paid_bdt: Decimal
    frozen: bool
    holdings: tuple[Holding, ...]


class WorthPoint(_Document, frozen=True):
    at: datetime
    tick: int
    net_worth_bdt: Decimal
    cash_bdt: Decimal


class PortfolioHistory(_Document, frozen=True):
    """Net worth over time, oldest first."""

    tick: int
    hours: int
    points: tuple[WorthPoint, ...]


class WorstCase(_Document, frozen=True):
    """Under the limit price or ``max_pay_bdt``, if there is one."""

    shares: Decimal | None
    total_bdt: Decimal | None


class Quote(_Document, frozen=True):
    """What an order would come to at the price now. Nothing is ordered and nothing is promised."""

    tick: int
    biome: str
    side: Literal["buy", "sell"]
    price_bdt: Decimal
    shares: Decimal | None
    cash_bdt: Decimal | None
    fee_bdt: Decimal | None
    total_bdt: Decimal | None
    cash_after_bdt: Decimal | None
    shares_after: Decimal | None
    worst_case: WorstCase
    rejection: OrderRejection | None


class Candle(_Document, frozen=True):
    at: datetime
    first_tick: int
    last_tick: int
    open_bdt: Decimal
    high_bdt: Decimal
    low_bdt: Decimal
    close_bdt: Decimal
    attention: int
    volume_bdt: Decimal
    volume_shares: Decimal
    trades: int
    complete: bool
    """False for the newest one: it is still being made."""


class Candles(_Document, frozen=True):
    """Oldest first."""

    tick: int
    biome: str
    interval: Literal["1m", "5m", "1h", "1d"]
    candles: tuple[Candle, ...]
    next: datetime | None
    """Pass it as ``before`` for older ones; None when there are none."""


class PriceMove(_Document, frozen=True):
    """Why one price moved at a tick."""

    biome: str
    price_before_bdt: Decimal
    price_bdt: Decimal
    by_redistribution_bdt: Decimal
    by_trades_bdt: Decimal
    attention: int
    all_attention: int
    sentences: tuple[str, ...]


class Why(_Document, frozen=True):
    """A tick explained."""

    tick: int
    closed_at: datetime
    sentences: tuple[str, ...]
    moves: tuple[PriceMove, ...]


class Standing(_Document, frozen=True):
    rank: int
    place: int
    username: str
    net_worth_bdt: Decimal
    realized_gain_bdt: Decimal


class Leaderboard(_Document, frozen=True):
    """Exact as of its tick."""

    tick: int
    closed_at: datetime
    by: Literal["net_worth", "realized_gain"]
    players: int
    standings: tuple[Standing, ...]
    me: Standing | None
    next: int | None
    """Pass it as ``after`` for the page that follows; None on the last."""


class AccountHolding(_Document, frozen=True):
    biome: str
    shares: Decimal


class Account(_Document, frozen=True):
    """`event: account`: the player's account after a tick. Of two, the one with the higher tick holds."""

    tick: int
    cash_bdt: Decimal
    holdings: tuple[AccountHolding, ...]
    frozen: bool


class Snapshot(Markets, frozen=True):
    """`event: snapshot`: what a stream begins with when it cannot be resumed."""

    hash: str
    account: Account | None
    orders: tuple[Order, ...]
    resumed: bool | None = None
    """False: after a broken connection, the stream begins anew. All orders since came before this; ticks are left out."""
    missed_from: int | None = None
    """The first tick that was left out."""


class StreamStatus(_Document, frozen=True):
    """`event: status`: about the stream itself. A slow reader may not get it."""

    status: Literal["closing", "stale", "ticking"]
    """``closing``: the client opens it again by itself. ``stale``: the market has not ticked for two seconds; ``ticking``: it does again."""
    detail: str
    """A sentence for people."""
    reason: Literal["stopping", "rights"] | None = None
    """Why it closes: the server stops, or the token has ended or may have changed."""


class Accepted(_Document, frozen=True):
    accepted: int
