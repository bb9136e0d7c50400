"""Attention pings as HTTP takes them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.amounts import WHOLE
from schemas.biomes import Biome

MOST_PINGS = 100
"""Pings of one request: more than a player can be counted for in many windows."""


class Ping(BaseModel):
    """The player gave a biome some points of attention."""

    model_config = ConfigDict(extra="forbid")

    biome: Biome
    points: Annotated[int, Field(strict=True, ge=1, le=1_000_000), WHOLE]


class Pings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pings: Annotated[list[Ping], Field(min_length=1, max_length=MOST_PINGS)]


class Accepted(BaseModel):
    accepted: int = Field(description="Pings written. How many points count is decided per window, under the cap.")
