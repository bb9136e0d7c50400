"""The player's portfolio."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.identity import Player
from api.portfolio.models import Portfolio
from api.portfolio.reading import one_snapshot, portfolio_document, read_account
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

TICK_SECONDS = 5.0
"""Longest wait for a tick: ten of them at the usual pace."""

router = APIRouter(prefix="/biome-market", tags=["portfolio"])


@router.get(
    "/portfolio",
    responses=refusals(NOT_SIGNED_IN, ACCOUNT_PENDING, INVALID, TICK_NOT_REACHED, DATABASE_UNAVAILABLE),
)
async def portfolio(
    who: Player,
    services: ServicesDependency,
    at_least_tick: Annotated[
        int, Query(ge=0, le=2**62, description="Wait until this tick is in it: read your own writes.")
    ] = 0,
) -> Portfolio:
    """Cash, holdings, and what they gained."""
    if not await services.projected.reach(at_least_tick, seconds=TICK_SECONDS):
        raise ProblemError(
            TICK_NOT_REACHED,
            f"History is at tick {services.projected.tick}, before {at_least_tick}. Try again in a moment.",
        )
    async with one_snapshot(services.pool) as connection:
        read = await read_account(connection, who.player)
    if read.account is None:
        raise ProblemError(ACCOUNT_PENDING, "The account is still being opened. Try again in a moment.")
    return portfolio_document(read, read.account)
