"""Orders as HTTP takes and gives them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from api.amounts import AmountIn, AmountOut
from schemas.biomes import Biome
from schemas.messages.market_inputs import OrderKind
from schemas.rejections import Rejection

ClientOrderId: TypeAlias = Annotated[str, Field(pattern=r"^[ -~]{1,128}$", description="Sent twice, it happens once.")]


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class OrderStatus(StrEnum):
    PENDING = "pending"
    FILLED = "filled"
    REJECTED = "rejected"


class DecidedStatus(StrEnum):
    """What an outcome is."""

    FILLED = "filled"
    REJECTED = "rejected"


class Terms(NamedTuple):
    """What is ordered, in micro units: the same terms give the same digest, however the amounts were written."""

    biome: Biome
    kind: OrderKind
    quantity: int
    limit: int | None
    max_pay: int | None


_QUANTITIES = ("amount_bdt", "shares", "max_pay_bdt")


def _one_of(*given: str) -> JsonDict:
    """What ``Buy._one_quantity`` demands, for the OpenAPI document: these quantities, and no others."""
    return {
        "required": list(given),
        "properties": {name: {"type": "string" if name in given else "null"} for name in _QUANTITIES},
    }


class Buy(BaseModel):
    """Buy for an amount of BDT (the fee comes on top), or a number of shares for at most ``max_pay_bdt``, fee included."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"oneOf": [_one_of("amount_bdt"), _one_of("shares", "max_pay_bdt")]}
    )

    biome: Biome
    amount_bdt: AmountIn | None = None
    shares: AmountIn | None = None
    max_pay_bdt: AmountIn | None = None
    limit_price_bdt: AmountIn | None = Field(None, description="Fill only at this price a share or a lower one.")
    client_order_id: ClientOrderId | None = None

    @model_validator(mode="after")
    def _one_quantity(self) -> Self:
        if (self.amount_bdt is None) == (self.shares is None):
            raise ValueError("Give either amount_bdt, or shares with max_pay_bdt.")
        if (self.shares is None) != (self.max_pay_bdt is None):
            raise ValueError("max_pay_bdt goes with shares, and shares need it: what the order may cost at most.")
        return self

    def terms(self) -> Terms:
        if self.amount_bdt is not None:
            return Terms(self.biome, OrderKind.BUY_CASH, self.amount_bdt, self.limit_price_bdt, None)
        assert self.shares is not None
        return Terms(self.biome, OrderKind.BUY_SHARES, self.shares, self.limit_price_bdt, self.max_pay_bdt)


class Sell(BaseModel):
    """Sell a number of shares; the fee comes off the proceeds."""

    model_config = ConfigDict(extra="forbid")

    biome: Biome
    shares: AmountIn
    limit_price_bdt: AmountIn | None = Field(None, description="Fill only at this price a share or a higher one.")
    client_order_id: ClientOrderId | None = None

    def terms(self) -> Terms:
        return Terms(self.biome, OrderKind.SELL_SHARES, self.shares, self.limit_price_bdt, None)


class Ordered(BaseModel):
    """What was asked for, in the names of the request."""

    amount_bdt: AmountOut | None
    shares: AmountOut | None
    max_pay_bdt: AmountOut | None
    limit_price_bdt: AmountOut | None


class OrderRejection(BaseModel):
    code: Rejection
    detail: str


class Order(BaseModel):
    """An order and its outcome, if it has one yet."""

    order_id: str
    client_order_id: str | None
    biome: Biome
    side: Side
    status: OrderStatus
    tick: int | None = Field(description="The tick that decided it.")
    shares: AmountOut | None = Field(description="Shares that moved; null unless filled.")
    price_bdt: AmountOut | None = Field(description="Price a share, rounded down; null unless filled.")
    cash_bdt: AmountOut | None = Field(description="BDT that moved, without the fee; null unless filled.")
    fee_bdt: AmountOut | None
    rejection: OrderRejection | None
    placed_at: datetime
    request_id: str | None = Field(
        None, description="X-Request-Id of the request that placed it first; null when it is not known."
    )
    ordered: Ordered


class Transactions(BaseModel):
    """Decided orders, newest first."""

    items: list[Order]
    next: str | None = Field(description="Pass it as `after` for the page that follows; null on the last.")
