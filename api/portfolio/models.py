"""A player's portfolio as HTTP shows it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.amounts import AmountOut
from schemas.biomes import Biome


class Holding(BaseModel):
    """One biome that the player holds, or has gained or lost with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "biome": "snow",
                    "shares": "0.50",
                    "cost_basis_bdt": "51.00",
                    "average_cost_bdt": "102.00",
                    "market_value_bdt": "50.625",
                    "unrealized_gain_bdt": "-0.375",
                    "realized_gain_bdt": "0.00",
                }
            ]
        }
    )

    biome: Biome
    shares: AmountOut
    cost_basis_bdt: AmountOut = Field(description="What the shares that are held have cost, fees included: exact.")
    average_cost_bdt: AmountOut = Field(description="BDT a share that was paid on average, fees included.")
    market_value_bdt: AmountOut = Field(description="At the tick's price, before the fee of a sale.")
    unrealized_gain_bdt: AmountOut
    realized_gain_bdt: AmountOut


class Portfolio(BaseModel):
    """The account after a tick. Gains count fees: bought and sold at one price, both fees are lost.

    All adds up to the last digit: what was granted, and realized and unrealized gain, are together the net worth.
    """

    tick: int
    cash_bdt: AmountOut
    market_value_bdt: AmountOut = Field(description="Of all holdings.")
    cost_basis_bdt: AmountOut = Field(description="Of all holdings.")
    net_worth_bdt: AmountOut = Field(description="Cash and market value.")
    granted_bdt: AmountOut = Field(description="What the account was given: its starting grant, and any of admins.")
    realized_gain_bdt: AmountOut
    unrealized_gain_bdt: AmountOut
    fees_paid_bdt: AmountOut
    frozen: bool = Field(description="A frozen player cannot order.")
    holdings: list[Holding]


class WorthPoint(BaseModel):
    """The account after one tick."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-01-31T12:00:59.500000Z",
                    "tick": 1200,
                    "net_worth_bdt": "10042.125",
                    "cash_bdt": "9898.00",
                }
            ]
        }
    )

    at: datetime = Field(description="When the tick was closed.")
    tick: int
    net_worth_bdt: AmountOut = Field(description="Cash and market value.")
    cash_bdt: AmountOut


class PortfolioHistory(BaseModel):
    """Net worth over time, oldest first, thinned to what a chart can show.

    The last point is what the portfolio of the same tick says. The points before it are closes of candles, and the first
    one may be the account's opening: they are valued at prices that were rounded down to the micro-BDT a share, each holding
    rounded down again, so they may show some micro-BDT less than the portfolio did at that tick.
    """

    tick: int
    hours: int
    points: list[WorthPoint]
