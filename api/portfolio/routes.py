"""The player's portfolio."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.identity import Player
from api.database import one_snapshot
from api.portfolio.history import LONGEST_HOURS, read_history
from api.portfolio.models import Portfolio, PortfolioHistory
from api.portfolio.reading import AccountRead, AccountRow, portfolio_document, read_account
from api.problems import (
    ACCOUNT_PENDING,
    BUSY,
    DATABASE_UNAVAILABLE,
    INVALID,
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    TICK_NOT_REACHED,
    ProblemError,
    refusals,
)
from api.services import ServicesDependency
from api.told import ToldTick

router = APIRouter(prefix="/biome-market", tags=["portfolio"])


@router.get(
    "/portfolio",
    responses=refusals(NOT_SIGNED_IN, SCOPE_MISSING, ACCOUNT_PENDING, INVALID, TICK_NOT_REACHED, DATABASE_UNAVAILABLE),
)
async def portfolio(who: Player, services: ServicesDependency, _told: ToldTick) -> Portfolio:
    """Cash, holdings, and what they gained: never older than what this player was told before."""
    async with one_snapshot(services.pool) as connection:
        read = await read_account(connection, who.player)
    return portfolio_document(read, _opened(read))


@router.get(
    "/portfolio/history",
    responses=refusals(
        NOT_SIGNED_IN, SCOPE_MISSING, ACCOUNT_PENDING, INVALID, TICK_NOT_REACHED, BUSY, DATABASE_UNAVAILABLE
    ),
)
async def portfolio_history(
    *,
    who: Player,
    services: ServicesDependency,
    hours: Annotated[int, Query(ge=1, le=LONGEST_HOURS)] = 24,
    _told: ToldTick,
) -> PortfolioHistory:
    """Net worth and cash of the last hours, from the account's opening on.

    A grant of an admin shows from the tick that gave it. One that did not come through the API shows as cash that was there
    all along, since only the log itself knows how much it was.
    """
    async with services.history_turns.turn(), one_snapshot(services.pool) as connection:
        read = await read_account(connection, who.player)
        return await read_history(connection, who.player, read=read, account=_opened(read), hours=hours)


def _opened(read: AccountRead) -> AccountRow:
    if read.account is None:
        raise ProblemError(ACCOUNT_PENDING, "The account is still being opened. Try again in a moment.")
    return read.account
