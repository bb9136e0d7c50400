"""The markets, for everyone."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.database import one_snapshot
from api.live.hub import HeldTick
from api.markets.documents import markets_document
from api.markets.models import Markets, OneMarket, PriceHistory
from api.markets.price_history import LONGEST_HOURS, read_prices
from api.problems import BUSY, DATABASE_UNAVAILABLE, INVALID, NO_TICK_YET, no_tick_here, no_tick_in_history, refusals
from api.publications import NOT_MODIFIED, IfNoneMatch, Publication, answer, not_modified
from api.services import Services, ServicesDependency
from schemas.biomes import Biome

router = APIRouter(prefix="/biome-market", tags=["markets"])


@router.get("/markets", response_model=Markets, responses={**NOT_MODIFIED, **refusals(NO_TICK_YET)})
async def markets(request: Request, services: ServicesDependency, _if_none_match: IfNoneMatch = None) -> Response:
    """The seven markets after the newest tick."""
    newest = _newest(services)

    async def make() -> Publication:
        return Publication(markets_document(newest.tick, services.day_ago), tick=newest.tick.tick)

    return answer(request, await services.publications.get("markets", at_least_tick=newest.tick.tick, make=make))


@router.get("/markets/{biome}", response_model=OneMarket, responses={**NOT_MODIFIED, **refusals(INVALID, NO_TICK_YET)})
async def market(
    request: Request, biome: Biome, services: ServicesDependency, _if_none_match: IfNoneMatch = None
) -> Response:
    """One market after the newest tick."""
    document = markets_document(_newest(services).tick, services.day_ago)
    one = next(market for market in document.markets if market.biome is biome)
    whole = OneMarket(tick=document.tick, closed_at=document.closed_at, **one.model_dump())
    return answer(request, Publication(whole, tick=document.tick))


@router.get(
    "/price-history/{biome}",
    response_model=PriceHistory,
    responses={**NOT_MODIFIED, **refusals(INVALID, NO_TICK_YET, BUSY, DATABASE_UNAVAILABLE)},
)
async def price_history(
    request: Request,
    biome: Biome,
    services: ServicesDependency,
    hours: Annotated[int, Query(ge=1, le=LONGEST_HOURS)] = 1,
    _if_none_match: IfNoneMatch = None,
) -> Response:
    """Prices of the last hours, oldest first, thinned to what a chart can show."""
    projected = services.projected.tick
    if (unchanged := not_modified(request, projected)) is not None:
        return unchanged

    async def make() -> Publication:
        async with services.history_turns.turn(), one_snapshot(services.pool) as connection:
            prices = await read_prices(connection, biome, hours=hours)
        if prices is None:
            raise no_tick_in_history()
        return Publication(prices.document, tick=prices.tick)

    document = ("price-history", biome, hours)
    return answer(request, await services.publications.get(document, at_least_tick=projected, make=make))


def _newest(services: Services) -> HeldTick:
    newest = services.hub.newest
    if newest is None:
        raise no_tick_here()
    return newest
