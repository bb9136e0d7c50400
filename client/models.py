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


class Transactions(_Document, frozen=True):
    """A page of decided orders, newest first."""

    items: tuple[Order, ...]
    next: str | None


class Holding(_Document, frozen=True):
    biome: str
    shares: Decimal
    average_cost_bdt: Decimal
    market_value_bdt: Decimal
    unrealized_gain_bdt: Decimal
    realized_gain_bdt: Decimal


class Portfolio(_Document, frozen=True):
    tick: int
    cash_bdt: Decimal
    net_worth_bdt: Decimal
    realized_gain_bdt: Decimal
    unrealized_gain_bdt: Decimal
    fees_paid_bdt: Decimal
    frozen: bool
    holdings: tuple[Holding, ...]


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


class Accepted(_Document, frozen=True):
    accepted: int
