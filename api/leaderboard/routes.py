"""The leaderboard, for everyone; to a player with their own rank."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.amounts import instant
from api.auth.identity import STRANGERS_TOO, PerhapsSignedIn
from api.database import one_snapshot
from api.leaderboard.models import By, Leaderboard
from api.leaderboard.reading import newest_standings, read_one, read_page
from api.problems import (
    BUSY,
    DATABASE_UNAVAILABLE,
    INVALID,
    NO_TICK_YET,
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    ProblemError,
    refusals,
)
from api.publications import NOT_MODIFIED, IfNoneMatch, Publication, answer
from api.services import ServicesDependency

MOST_A_PAGE = 200
USUAL_PAGE = 50
LAST_PLACE = 2**53
FOR_ALL = "public, max-age=2"
"""The standings are made every few seconds; whoever keeps an answer may add this much to their age."""
PRIVATE = "private, no-cache"
"""With the rank of the player who asked."""

router = APIRouter(prefix="/biome-market", tags=["markets"])


@router.get(
    "/leaderboard",
    response_model=Leaderboard,
    openapi_extra=STRANGERS_TOO,
    responses={
        **NOT_MODIFIED,
        **refusals(NOT_SIGNED_IN, SCOPE_MISSING, INVALID, NO_TICK_YET, BUSY, DATABASE_UNAVAILABLE),
    },
)
async def leaderboard(
    *,
    request: Request,
    who: PerhapsSignedIn,
    services: ServicesDependency,
    by: Annotated[By, Query(description="What the players are ranked by.")] = By.NET_WORTH,
    after: Annotated[int, Query(ge=0, le=LAST_PLACE, description="Only places after this one: `next` of a page.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = USUAL_PAGE,
    _if_none_match: IfNoneMatch = None,
) -> Response:
    """The players by net worth or by realized gain, exact as of a tick that is ten seconds old at most."""
    async with services.history_turns.turn(), one_snapshot(services.pool) as connection:
        as_of = await newest_standings(connection)
        if as_of is None:
            raise ProblemError(NO_TICK_YET, "There are no standings yet. Try again in some seconds.")
        standings = await read_page(connection, as_of, by, after=after, limit=limit)
        me = None if who is None else await read_one(connection, as_of, by, who.player)
    last = standings[-1].place if standings else as_of.players
    document = Leaderboard(
        tick=as_of.tick,
        closed_at=instant(as_of.closed_at),
        by=by,
        players=as_of.players,
        standings=standings,
        me=me,
        next=last if last < as_of.players else None,
    )
    response = answer(
        request, Publication(document, tick=as_of.tick), cache_control=FOR_ALL if who is None else PRIVATE
    )
    response.headers.add_vary_header("Authorization, Cookie")
    return response
