"""What the stream's events carry. Field by field the same documents as elsewhere in the API."""

from pydantic import BaseModel, Field

from api.amounts import AmountOut
from api.markets.models import Markets
from api.orders.models import Order
from schemas.biomes import Biome


class LiveHolding(BaseModel):
    biome: Biome
    shares: AmountOut


class AccountEvent(BaseModel):
    """`event: account`: the player's account after the tick. Of two, the one with the higher tick holds."""

    tick: int
    cash_bdt: AmountOut
    holdings: list[LiveHolding] = Field(description="Biomes that the player holds shares of.")
    frozen: bool


class TickEvent(Markets):
    """`event: tick`: the markets after a tick."""

    hash: str = Field(description="SHA-256 of the tick's body on market.ticks.")


class SnapshotEvent(Markets):
    """`event: snapshot`: everything a page needs to start from. Newer events change it."""

    hash: str
    account: AccountEvent | None = Field(description="Null for a stranger, or while the account is not open yet.")
    orders: list[Order] = Field(description="The player's last decided orders, newest first.")
