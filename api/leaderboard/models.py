"""The leaderboard as HTTP shows it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from api.amounts import AmountOut


class By(StrEnum):
    """What players are ranked by."""

    NET_WORTH = "net_worth"
    REALIZED_GAIN = "realized_gain"


class Standing(BaseModel):
    """One player."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"rank": 1, "place": 1, "username": "ann", "net_worth_bdt": "10420.50", "realized_gain_bdt": "-12.25"}
            ]
        }
    )

    rank: int = Field(description="Equal amounts have equal ranks, and the ranks after them are left out.")
    place: int = Field(description="Where in the whole list: every place is taken once.")
    username: str = Field(description="The player's name, or the id of one whom a game server brought.")
    net_worth_bdt: AmountOut = Field(description="Cash, and holdings at the tick's price before the fee of a sale.")
    realized_gain_bdt: AmountOut


class Leaderboard(BaseModel):
    """A page of the players, best first, exact as of one tick. It is made anew every few seconds."""

    tick: int = Field(description="All of it is exact as of this tick.")
    closed_at: datetime
    by: By
    players: int = Field(description="How many there are.")
    standings: list[Standing]
    me: Standing | None = Field(description="Of whoever asks: null for a stranger, and until a new account is in it.")
    next: int | None = Field(
        description="Pass it as `after` for the page that follows; null on the last. A later page may be of a later tick."
    )
