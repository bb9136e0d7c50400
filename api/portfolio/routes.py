"""The player's portfolio."""

from fastapi import APIRouter

from api.auth.identity import Player
from api.database import one_snapshot
from api.portfolio.models import Portfolio
from api.portfolio.reading import portfolio_document, read_account
from api.problems import (
    ACCOUNT_PENDING,
    DATABASE_UNAVAILABLE,
    INVALID,
    NOT_SIGNED_IN,
    TICK_NOT_REACHED,
    ProblemError,
    refusals,
)
from api.services import ServicesDependency
from api.told import ToldTick

router = APIRouter(prefix="/biome-market", tags=["portfolio"])


@router.get(
    "/portfolio",
    responses=refusals(NOT_SIGNED_IN, ACCOUNT_PENDING, INVALID, TICK_NOT_REACHED, DATABASE_UNAVAILABLE),
)
async def portfolio(who: Player, services: ServicesDependency, _told: ToldTick) -> Portfolio:
    """Cash, holdings, and what they gained: never older than what this player was told before."""
    async with one_snapshot(services.pool) as connection:
        read = await read_account(connection, who.player)
    if read.account is None:
        raise ProblemError(ACCOUNT_PENDING, "The account is still being opened. Try again in a moment.")
    return portfolio_document(read, read.account)
