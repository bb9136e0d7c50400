"""market.prices: flat rows, one a biome and tick, easy to consume. Key: the biome."""

from typing import Annotated

from msgspec import Meta

from schemas.biomes import Biome
from schemas.messages.fields import Count, Message, Micro, Time


class Price(Message, tag="price", frozen=True, kw_only=True):
    tick: Annotated[int, Meta(ge=1)]
    closed_at: Time
    biome: Biome
    price: Micro
    """Micro-BDT a whole share, rounded down: the price at which this tick's orders filled."""
    price_bdt: str
    """The same for people: a decimal string in BDT."""
    cash: Micro
    """Micro-BDT in the market after the tick."""
    shares: Micro
    """Micro-shares after the tick."""
    attention: Count
