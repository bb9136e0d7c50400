"""Ticks and their receipts, for everyone: what moved, why, and how to check it."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query, Request, Response

from api.database import one_snapshot
from api.problems import (
    BUSY,
    DATABASE_UNAVAILABLE,
    INVALID,
    NO_TICK_YET,
    NOT_FOUND,
    TICK_NOT_KEPT,
    TICK_NOT_REACHED,
    refusals,
)
from api.publications import NOT_MODIFIED, IfNoneMatch, Publication, answer, not_modified
from api.services import Services, ServicesDependency
from api.ticks.documents import TickRow, tick_document, why_document
from api.ticks.models import Tick, Ticks, Why
from api.ticks.reading import kept_ticks, read_ticks
from api.told import reach_in_history
from schemas.messages.market_ticks import HASH_HEADER
from streams.receipts.why import why

MOST_TICKS = 100
"""Of one answer: some 300 KB before it is compressed."""
USUAL_TICKS = 20
LARGEST_TICK = 2**53
"""Where JavaScript stops counting, 140 million years on."""
NEVER_CHANGES = "public, max-age=3600"
"""A tick is final. An hour, since a market that was begun again on the same machine has other ticks by the same numbers."""

router = APIRouter(prefix="/biome-market", tags=["ticks"])

Number: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_TICK, description="The number of a tick.")]
_REFUSALS = refusals(INVALID, NOT_FOUND, TICK_NOT_KEPT, NO_TICK_YET, TICK_NOT_REACHED, BUSY, DATABASE_UNAVAILABLE)
_ONE = {**NOT_MODIFIED, **_REFUSALS}


@router.get(
    "/ticks",
    response_model=Ticks,
    responses={**NOT_MODIFIED, **refusals(INVALID, TICK_NOT_KEPT, NO_TICK_YET, BUSY, DATABASE_UNAVAILABLE)},
)
async def ticks(
    request: Request,
    services: ServicesDependency,
    from_tick: Annotated[
        int | None, Query(ge=1, le=LARGEST_TICK, description="The first one. Without it: the newest ones.")
    ] = None,
    to_tick: Annotated[int | None, Query(ge=1, le=LARGEST_TICK, description="The last one.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_TICKS)] = USUAL_TICKS,
    _if_none_match: IfNoneMatch = None,
) -> Response:
    """Ticks with their receipts, in their order: the newest ones, or a range by number."""
    if (unchanged := not_modified(request, services.projected.tick)) is not None:
        return unchanged
    async with services.history_turns.turn(), one_snapshot(services.pool) as connection:
        kept = await kept_ticks(connection)
        end = kept.newest if to_tick is None else min(to_tick, kept.newest)
        first = max(end - limit + 1, kept.oldest) if from_tick is None else from_tick
        if first < kept.oldest:
            kept.require(first)
        last = min(end, first + limit - 1)
        rows = await read_ticks(connection, first=first, last=last)

    def render() -> Response:
        document = Ticks(
            newest=kept.newest,
            kept_from=kept.oldest,
            ticks=[tick_document(row) for row in rows],
            next=last + 1 if first <= last < end else None,
        )
        return answer(request, Publication(document, tick=kept.newest))

    # A hundred ticks take 40 ms: in a thread, nobody's stream waits for that.
    return await asyncio.to_thread(render)


@router.get("/ticks/{tick}", response_model=Tick, responses=_ONE)
async def tick(
    request: Request, tick: Number, services: ServicesDependency, _if_none_match: IfNoneMatch = None
) -> Response:
    """One tick: the public state after it, and the receipt of what moved."""
    return await _of_one(request, services, tick, lambda rows: Publication(tick_document(rows[-1]), tick=tick))


@router.get("/ticks/{tick}/why", response_model=Why, responses=_ONE)
async def why_it_moved(
    request: Request, tick: Number, services: ServicesDependency, _if_none_match: IfNoneMatch = None
) -> Response:
    """Why each price moved at this tick, in words and numbers."""

    def explained(rows: list[TickRow]) -> Publication:
        *before, this = [row.decoded() for row in rows]
        return Publication(why_document(this, why(this, before[0] if before else None)), tick=tick)

    return await _of_one(request, services, tick, explained, with_the_one_before=True)


@router.get(
    "/ticks/{tick}/body",
    response_class=Response,
    responses={
        200: {
            "content": {"application/json": {"schema": {"type": "object"}}},
            "headers": {HASH_HEADER: {"schema": {"type": "string"}, "description": "The hash as it was published."}},
            "description": "The message on market.ticks.",
        },
        **_REFUSALS,
    },
)
async def tick_body(tick: Number, services: ServicesDependency) -> Response:
    """The exact bytes of the tick, of which the hash is the SHA-256, and which the next tick names as `previous`."""
    (row,) = await _read(services, tick)
    headers = {HASH_HEADER: row.hash, "Cache-Control": NEVER_CHANGES}
    return Response(row.body, media_type="application/json", headers=headers)


async def _of_one(
    request: Request,
    services: Services,
    tick: int,
    render: Callable[[list[TickRow]], Publication],
    *,
    with_the_one_before: bool = False,
) -> Response:
    rows = await _read(services, tick, with_the_one_before=with_the_one_before)
    return answer(request, render(rows), cache_control=NEVER_CHANGES)


async def _read(services: Services, tick: int, *, with_the_one_before: bool = False) -> list[TickRow]:
    first = tick - 1 if with_the_one_before and tick > 1 else tick
    newest = services.hub.newest
    if newest is not None and tick <= newest.tick.tick:
        await reach_in_history(services, tick)  # the stream has told of it
    async with services.history_turns.turn(), one_snapshot(services.pool) as connection:
        kept = await kept_ticks(connection)
        for number in (tick, first):
            kept.require(number)
        return await read_ticks(connection, first=first, last=tick)
