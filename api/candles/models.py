"""Candles as HTTP shows them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.amounts import AmountOut
from schemas.biomes import Biome
from streams.history.core.candles import Width


class Candle(BaseModel):
    """The ticks of one span of time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-01-31T12:00:00Z",
                    "first_tick": 1081,
                    "last_tick": 1200,
                    "open_bdt": "100.00",
                    "high_bdt": "101.25",
                    "low_bdt": "99.50",
                    "close_bdt": "101.25",
                    "attention": 480,
                    "volume_bdt": "350.00",
                    "volume_shares": "3.481203",
                    "trades": 4,
                    "complete": True,
                }
            ]
        }
    )

    at: datetime = Field(description="When the span begins: whole minutes, hours, days in UTC.")
    first_tick: int
    last_tick: int
    open_bdt: AmountOut
    high_bdt: AmountOut
    low_bdt: AmountOut
    close_bdt: AmountOut
    attention: int = Field(description="Points that the biome was given.")
    volume_bdt: AmountOut = Field(
        description="BDT that trades moved, bought and sold together, without the fees of buys."
    )
    volume_shares: AmountOut
    trades: int = Field(description="Orders that filled.")
    complete: bool = Field(description="False: the span is not over yet, and the next ticks change the candle.")


class Candles(BaseModel):
    """Candles of a biome, oldest first. A span in which no tick was closed has none."""

    tick: int = Field(description="The newest tick that is in them.")
    biome: Biome
    interval: Width
    candles: list[Candle]
    next: datetime | None = Field(
        description="Pass it as `before` for the candles before these; null when there are none."
    )
