"""Markets as HTTP shows them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.amounts import AmountOut
from schemas.biomes import Biome


class Market(BaseModel):
    """One biome after the tick."""

    biome: Biome
    price_bdt: AmountOut = Field(description="BDT a share at which this tick's orders filled, rounded down.")
    market_cash_bdt: AmountOut
    total_shares: AmountOut
    attention: int = Field(description="Points since the tick before.")
    change_24h_pct: str | None = Field(
        description="Change of the price in per cent against 24 hours ago, or against the first tick of a younger market.",
        examples=["-1.25"],
    )
    halted: bool


class Markets(BaseModel):
    """The seven markets after a tick, in their fixed order."""

    tick: int
    closed_at: datetime
    markets: list[Market]


class OneMarket(Market):
    """One market, with the tick that it stands at."""

    tick: int
    closed_at: datetime


class PricePoint(BaseModel):
    at: datetime
    tick: int
    price_bdt: AmountOut


class PriceHistory(BaseModel):
    """Prices of a biome, oldest first, thinned to what a chart can show."""

    biome: Biome
    hours: int
    points: list[PricePoint]
