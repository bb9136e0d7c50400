"""Quotes as HTTP takes and gives them."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from api.amounts import AmountIn, AmountOut
from api.orders.models import OrderRejection, Side, Terms
from schemas.biomes import Biome
from schemas.messages.market_inputs import OrderKind

_QUANTITIES = ("amount_bdt", "shares", "max_pay_bdt")


def _one_of(side: Side, *, required: str, allowed: tuple[str, ...] = ()) -> JsonDict:
    """What ``_one_quantity`` demands, for the OpenAPI document."""
    quantities: JsonDict = {name: {"type": "null"} for name in _QUANTITIES if name not in (required, *allowed)}
    return {
        "required": ["side", required],
        "properties": {"side": {"const": side.value}, required: {"type": "string"}, **quantities},
    }


class QuoteOf(BaseModel):
    """The order to be tried: what `buy` and `sell` take, with its side. `max_pay_bdt` may be left out here."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "oneOf": [
                _one_of(Side.BUY, required="amount_bdt"),
                _one_of(Side.BUY, required="shares", allowed=("max_pay_bdt",)),
                _one_of(Side.SELL, required="shares"),
            ],
            "examples": [
                {"side": "buy", "biome": "snow", "amount_bdt": "100", "limit_price_bdt": "101.5"},
                {"side": "sell", "biome": "snow", "shares": "0.5"},
            ],
        },
    )

    side: Side
    biome: Biome
    amount_bdt: AmountIn | None = None
    shares: AmountIn | None = None
    max_pay_bdt: AmountIn | None = None
    limit_price_bdt: AmountIn | None = None

    @model_validator(mode="after")
    def _one_quantity(self) -> Self:
        if self.side is Side.SELL and self.shares is None:
            raise ValueError("A sale is of shares: give shares.")
        if self.side is Side.SELL and (self.amount_bdt is not None or self.max_pay_bdt is not None):
            raise ValueError("amount_bdt and max_pay_bdt go with a buy.")
        if (self.amount_bdt is None) == (self.shares is None):
            raise ValueError("Give either amount_bdt or shares.")
        if self.shares is None and self.max_pay_bdt is not None:
            raise ValueError("max_pay_bdt goes with shares.")
        return self

    def terms(self) -> Terms:
        if self.side is Side.SELL:
            kind, quantity = OrderKind.SELL_SHARES, self.shares
        elif self.shares is not None:
            kind, quantity = OrderKind.BUY_SHARES, self.shares
        else:
            kind, quantity = OrderKind.BUY_CASH, self.amount_bdt
        assert quantity is not None
        return Terms(self.biome, kind, quantity, self.limit_price_bdt, self.max_pay_bdt)


class WorstCase(BaseModel):
    """If it fills at all, however the price moves until then: at the limit price, if there is one."""

    shares: AmountOut | None = Field(description="At least so many. Null: without a limit price nothing bounds it.")
    total_bdt: AmountOut | None = Field(
        description="Paid at most, or received at least, fee included. Null: without a limit price nothing bounds it."
    )


class Quote(BaseModel):
    """What the order would do if the next tick came now and redistributed nothing. Nothing is promised."""

    tick: int = Field(description="Market and balances are as of this tick.")
    biome: Biome
    side: Side
    price_bdt: AmountOut = Field(description="BDT a share now, rounded down.")
    shares: AmountOut | None = Field(description="Shares that would move; null when the order fits no account.")
    cash_bdt: AmountOut | None = Field(description="BDT that would move, without the fee.")
    fee_bdt: AmountOut | None
    total_bdt: AmountOut | None = Field(description="What you would pay or receive, fee included.")
    cash_after_bdt: AmountOut | None = Field(description="Your cash after it; null when it would be rejected.")
    shares_after: AmountOut | None = Field(description="Your shares of the biome after it.")
    worst_case: WorstCase
    rejection: OrderRejection | None = Field(description="Why it would be rejected now; null when it would fill.")
