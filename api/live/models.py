"""What the stream's events carry. Field by field the same documents as elsewhere in the API."""

from enum import StrEnum

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
    resumed: bool | None = Field(
        None,
        description="False: the stream was to go on after an event that is not held here any more, or not known. Null:"
        " nothing was asked for. (A stream that goes on has no snapshot.)",
    )
    missed_from: int | None = Field(
        None,
        description="With `resumed` false: from this tick on, ticks are left out; `ticks` has them. No order is: those since"
        " came before this snapshot. Null: where the stream was is not known here, as of a market that was begun again.",
    )


class StreamStatus(StrEnum):
    CLOSING = "closing"
    """The stream ends here: open it again, after the time that `retry` says."""
    STALE = "stale"
    """The market has not ticked for two seconds: prices stand, and orders wait or expire."""
    TICKING = "ticking"
    """It does again."""


class ClosingReason(StrEnum):
    STOPPING = "stopping"
    """The server stops, as it does for new code."""
    RIGHTS = "rights"
    """The session or key has ended, or may have changed: begin anew, with what is valid now."""


class StatusEvent(BaseModel):
    """`event: status`: about the stream itself. It has no id, and a slow reader may not get it."""

    status: StreamStatus
    reason: ClosingReason | None = Field(None, description="Why it closes.")
    detail: str = Field(description="A sentence for people.")
