"""Attention pings as HTTP takes them."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.biomes import Biome

MOST_PINGS = 100
"""Pings of one request: more than a player can be counted for in many windows."""


def _whole(number: Any) -> Any:
    """3.0 is an integer to JSON Schema, and so to clients that are made from the OpenAPI document."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


class Ping(BaseModel):
    """The player gave a biome some points of attention."""

    model_config = ConfigDict(extra="forbid")

    biome: Biome
    points: Annotated[int, Field(strict=True, ge=1, le=1_000_000), BeforeValidator(_whole)]


class Pings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pings: Annotated[list[Ping], Field(min_length=1, max_length=MOST_PINGS)]


class Accepted(BaseModel):
    accepted: int = Field(description="Pings written. How many points count is decided per window, under the cap.")
