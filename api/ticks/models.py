"""Ticks and their receipts as HTTP shows them: what is on market.ticks, with amounts for people."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.amounts import AmountOut
from schemas.biomes import Biome
from schemas.messages.fields import Discard
from schemas.rejections import Rejection


class Receipt(BaseModel):
    """One biome in one tick: `before - pooled + dealt + bought - sold = cash`."""

    biome: Biome
    halted: bool
    price_bdt: AmountOut = Field(description="BDT a share at which this tick's orders filled, rounded down.")
    attention: int = Field(description="Points since the tick before.")
    before_bdt: AmountOut
    pooled_bdt: AmountOut
    dealt_bdt: AmountOut
    bought_bdt: AmountOut = Field(description="What buys brought, without fees.")
    sold_bdt: AmountOut = Field(description="What sales took, fees included.")
    cash_bdt: AmountOut
    shares_bought: AmountOut
    shares_sold: AmountOut
    shares: AmountOut = Field(description="All shares after the tick: the treasury's and the players'.")
    treasury_shares: AmountOut
    players_shares: AmountOut


class TickAttention(BaseModel):
    """Where the attention since the tick before went."""

    taken: int
    discarded: dict[Discard, int] = Field(description="By reason, in points; malformed ones in messages.")
    cap: int | None = Field(description="Points a player and window.")
    behind_ms: int | None = Field(description="How late the slowest shard was; null while one has not reported yet.")
    stale: bool = Field(description="True: it was too late, so no order filled.")


class TickOrders(BaseModel):
    """What the tick did with the orders that it took in."""

    filled: int
    rejected: dict[Rejection, int]
    duplicates: int


class TickCommand(BaseModel):
    """An operator's command that the tick took in."""

    command: str
    by: str
    reason: str
    applied: bool
    refusal: str | None
    biome: Biome | None


class Tick(BaseModel):
    """The public state after a tick, and the receipt of what moved. `players_cash_bdt` and all markets' cash and
    `house_fees_bdt` are together `genesis_cash_bdt` and `grants_bdt`, to the last digit.
    """

    tick: int
    closed_at: datetime
    windows: int = Field(description="Windows that it covers: more than one after an outage.")
    hash: str = Field(description="SHA-256 of the tick's body: `ticks/{tick}/body`.")
    previous: str = Field(description="Hash of the tick before.")
    halted: bool
    markets: list[Receipt]
    attention: TickAttention
    orders: TickOrders
    commands: list[TickCommand]
    accounts: int
    players_cash_bdt: AmountOut
    house_fees_bdt: AmountOut
    fees_bdt: AmountOut = Field(description="Fees of this tick alone.")
    genesis_cash_bdt: AmountOut
    grants_bdt: AmountOut
    rules: int = Field(description="Version of the market's rules.")
    fee_bp: int = Field(description="Fee in hundredths of a per cent.")
    pool_bp: int = Field(description="Part of each biome's cash that was pooled, in hundredths of a per cent.")


class Ticks(BaseModel):
    """Ticks in their order."""

    newest: int = Field(description="The newest tick that there is.")
    kept_from: int = Field(description="The oldest tick that is kept here: ticks are kept for 48 hours.")
    ticks: list[Tick]
    next: int | None = Field(description="Pass it as `from_tick` for the ticks that follow; null at the end.")


class PriceMove(BaseModel):
    """Why the price of one biome is what it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "biome": "snow",
                    "price_before_bdt": "100.00",
                    "price_bdt": "101.25",
                    "by_redistribution_bdt": "1.25",
                    "by_trades_bdt": "0.00",
                    "pooled_bdt": "250000.00",
                    "dealt_bdt": "262500.00",
                    "pool_bdt": "1750000.00",
                    "attention": 3,
                    "all_attention": 20,
                    "cash_before_bdt": "1000000.00",
                    "all_cash_before_bdt": "7000000.00",
                    "sentences": ["snow rises from 100.00 to 101.25 BDT a share (+1.25 %)."],
                }
            ]
        }
    )

    biome: Biome
    price_before_bdt: AmountOut
    price_bdt: AmountOut
    by_redistribution_bdt: AmountOut
    by_trades_bdt: AmountOut = Field(description="What the trades of the tick before did to it: rounding.")
    pooled_bdt: AmountOut
    dealt_bdt: AmountOut
    pool_bdt: AmountOut = Field(description="What all biomes paid.")
    attention: int
    all_attention: int
    cash_before_bdt: AmountOut
    all_cash_before_bdt: AmountOut = Field(description="Of the biomes that took part.")
    sentences: list[str]


class Why(BaseModel):
    """One tick, explained."""

    tick: int
    closed_at: datetime
    sentences: list[str] = Field(description="What holds for all biomes.")
    moves: list[PriceMove]
