"""A player's portfolio as HTTP shows it."""

from pydantic import BaseModel, Field

from api.amounts import AmountOut
from schemas.biomes import Biome


class Holding(BaseModel):
    """One biome that the player holds, or has gained or lost with."""

    biome: Biome
    shares: AmountOut
    average_cost_bdt: AmountOut = Field(description="BDT a share that was paid on average, fees included.")
    market_value_bdt: AmountOut = Field(description="At the tick's price, before the fee of a sale.")
    unrealized_gain_bdt: AmountOut
    realized_gain_bdt: AmountOut


class Portfolio(BaseModel):
    """The account after a tick. Gains count fees: bought and sold at one price, both fees are lost."""

    tick: int
    cash_bdt: AmountOut
    net_worth_bdt: AmountOut
    realized_gain_bdt: AmountOut
    unrealized_gain_bdt: AmountOut
    fees_paid_bdt: AmountOut
    frozen: bool = Field(description="A frozen player cannot order.")
    holdings: list[Holding]
