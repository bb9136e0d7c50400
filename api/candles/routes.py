"""Candles, for everyone."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.candles.models import Candles
from api.candles.reading import Asked, read_candles
from api.database import one_snapshot
from api.problems import BUSY, DATABASE_UNAVAILABLE, INVALID, NO_TICK_YET, no_tick_in_history, refusals
from api.publications import NOT_MODIFIED, IfNoneMatch, Publication, answer, not_modified
from api.services import ServicesDependency
from api.times import TimeIn
from schemas.biomes import Biome
from streams.history.core.candles import Width

MOST_CANDLES = 1_500
"""A day of minutes and some."""
USUAL_CANDLES = 300

router = APIRouter(prefix="/biome-market", tags=["markets"])


@router.get(
    "/candles/{biome}",
    response_model=Candles,
    responses={**NOT_MODIFIED, **refusals(INVALID, NO_TICK_YET, BUSY, DATABASE_UNAVAILABLE)},
)
async def candles(
    *,
    request: Request,
    biome: Biome,
    services: ServicesDependency,
    interval: Annotated[Width, Query(description="How long a candle is.")] = Width.MINUTE,
    limit: Annotated[int, Query(ge=1, le=MOST_CANDLES)] = USUAL_CANDLES,
    before: Annotated[TimeIn | None, Query(description="Only candles that begin before: `next` of a page.")] = None,
    _if_none_match: IfNoneMatch = None,
) -> Response:
    """What the price did in each minute, five minutes, hour or day, with attention and volume. They are kept for ever."""
    projected = services.projected.tick
    if (unchanged := not_modified(request, projected)) is not None:
        return unchanged
    asked = Asked(biome, interval, limit, before)

    async def make() -> Publication:
        async with services.history_turns.turn(), one_snapshot(services.pool) as connection:
            document = await read_candles(connection, asked)
        if document is None:
            raise no_tick_in_history()
        return Publication(document, tick=document.tick)

    if before is not None:  # pages of the past are many, and each is asked for once
        return answer(request, await make())
    return answer(request, await services.publications.get(asked, at_least_tick=projected, make=make))
