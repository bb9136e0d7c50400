"""The live stream."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from api.auth.identity import STRANGERS_TOO, PerhapsSignedIn
from api.live.admission import admit
from api.live.beginning import begin
from api.live.response import HubResponse
from api.networks import network_of
from api.problems import BUSY, INVALID, NOT_SIGNED_IN, SCOPE_MISSING, TOO_MANY_REQUESTS, TOO_MANY_STREAMS, refusals
from api.services import ServicesDependency

MOST_DIGITS = 18
"""Of a tick: it is a BIGINT in PostgreSQL."""

router = APIRouter(prefix="/biome-market", tags=["live"])

_EVENTS = {
    "text/event-stream": {
        "schema": {
            "type": "string",
            "description": "Events whose data is JSON, by their name: `snapshot` (SnapshotEvent), `tick` (TickEvent),"
            " `order` (Order), `account` (AccountEvent). Their id is the number of the tick.",
        }
    }
}


@router.get(
    "/stream",
    response_class=Response,
    openapi_extra=STRANGERS_TOO,
    responses={
        200: {"content": _EVENTS, "description": "Server-Sent Events."},
        **refusals(INVALID, NOT_SIGNED_IN, SCOPE_MISSING, TOO_MANY_STREAMS, TOO_MANY_REQUESTS, BUSY),
    },
)
async def stream(
    request: Request,
    who: PerhapsSignedIn,
    services: ServicesDependency,
    last_event_id: Annotated[str | None, Header(description="Set by browsers when they reconnect.")] = None,
    last_tick: Annotated[
        int | None,
        Query(
            ge=0, lt=10**MOST_DIGITS, description="The same, for clients that cannot set the header. The header wins."
        ),
    ] = None,
) -> HubResponse:
    """Every tick, and to a player their own orders and account, as they happen.

    A stream begins with a `snapshot`; one that resumes, with what it missed. Ticks may be left out for a slow reader,
    never the newest one; order and account events are never left out. After a resume the last of them may come again.
    """
    player = None if who is None else who.player
    network = network_of(request.client.host if request.client else None)
    admit(services.hub, player=player, network=network)
    resume_after = _tick_of(last_event_id) if last_event_id is not None else last_tick
    return HubResponse(
        services.hub,
        player=player,
        network=network,
        begin=lambda connection: begin(services, connection, last_tick=resume_after),
    )


def _tick_of(event_id: str) -> int | None:
    """The tick that an event id names; None for an id that is not ours, which begins with a snapshot."""
    return int(event_id) if event_id.isascii() and event_id.isdigit() and len(event_id) <= MOST_DIGITS else None
