"""The markets, for everyone."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.amounts import instant
from api.live.hub import HeldTick
from api.markets.documents import markets_document
from api.markets.models import Markets, OneMarket, PriceHistory, PricePoint
from api.problems import BUSY, DATABASE_UNAVAILABLE, INVALID, NO_TICK_YET, ProblemError, refusals
from api.services import Services, ServicesDependency
from schemas.biomes import Biome
from schemas.units import format_amount

MOST_POINTS = 300
"""What a chart can show."""
LONGEST_HOURS = 168
HOUR_MS = 3_600_000

router = APIRouter(prefix="/biome-market", tags=["markets"])

# One point, the last one, of each span of time. Each is found by the indexes: the longest history costs what a short one does.
POINTS = """
SELECT p.closed_at_ms, p.tick, p.price
FROM generate_series(%(since)s::bigint / %(span)s::bigint, %(until)s::bigint / %(span)s::bigint) AS spans (number)
CROSS JOIN LATERAL (
    SELECT tick FROM ticks
    WHERE closed_at_ms >= greatest(spans.number * %(span)s::bigint, %(since)s)
        AND closed_at_ms < (spans.number + 1) * %(span)s::bigint
    ORDER BY closed_at_ms DESC LIMIT 1
) AS last
JOIN prices AS p ON p.biome = %(biome)s AND p.tick = last.tick
ORDER BY p.tick
"""


@router.get("/markets", responses=refusals(NO_TICK_YET))
async def markets(services: ServicesDependency) -> Markets:
    """The seven markets after the newest tick."""
    return markets_document(_newest(services).tick, services.day_ago)


@router.get("/markets/{biome}", responses=refusals(INVALID, NO_TICK_YET))
async def market(biome: Biome, services: ServicesDependency) -> OneMarket:
    """One market after the newest tick."""
    document = markets_document(_newest(services).tick, services.day_ago)
    one = next(market for market in document.markets if market.biome is biome)
    return OneMarket(tick=document.tick, closed_at=document.closed_at, **one.model_dump())


@router.get("/price-history/{biome}", responses=refusals(INVALID, NO_TICK_YET, BUSY, DATABASE_UNAVAILABLE))
async def price_history(
    biome: Biome, services: ServicesDependency, hours: Annotated[int, Query(ge=1, le=LONGEST_HOURS)] = 1
) -> PriceHistory:
    """Prices of the last hours, oldest first, thinned."""
    length = hours * HOUR_MS
    until = _newest(services).tick.closed_at
    asked = {"biome": biome.value, "since": until - length, "until": until, "span": length // MOST_POINTS}
    async with services.history_turns.turn(), services.pool.connection() as connection:
        cursor = await connection.execute(POINTS, asked)
        rows = await cursor.fetchall()
    points = [PricePoint(at=instant(at), tick=tick, price_bdt=format_amount(price)) for at, tick, price in rows]
    return PriceHistory(biome=biome, hours=hours, points=points)


def _newest(services: Services) -> HeldTick:
    newest = services.hub.newest
    if newest is None:
        raise ProblemError(
            NO_TICK_YET, "The market has not closed a tick since this server started. Try again in a moment."
        )
    return newest
