"""The live stream."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response

from api.auth.identity import STRANGERS_TOO, PerhapsSignedIn, is_still
from api.limits import host_of
from api.live.admission import admit
from api.live.beginning import begin
from api.live.connection import Connection
from api.live.encoding import goodbye
from api.live.event_ids import PATTERN, parse
from api.live.models import ClosingReason
from api.live.response import HubResponse
from api.networks import network_of
from api.problems import BUSY, INVALID, NOT_SIGNED_IN, SCOPE_MISSING, TOO_MANY_REQUESTS, TOO_MANY_STREAMS, refusals
from api.services import ServicesDependency

router = APIRouter(prefix="/biome-market", tags=["live"])

_EVENTS = {
    "text/event-stream": {
        "schema": {
            "type": "string",
            "description": "Events whose data is JSON, by their name: `snapshot` (SnapshotEvent), `tick` (TickEvent),"
            " `order` (Order), `account` (AccountEvent), `status` (StatusEvent). The id of a tick and of a snapshot is the"
            " tick's number, `1201`; within it come the player's events with their places, `1201.0`. A status has none.",
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
    since: Annotated[
        str | None,
        Query(
            pattern=PATTERN,
            description="The same, for clients that cannot set the header: the number of a tick, or the id of an event."
            " The header wins.",
            examples=["1201"],
        ),
    ] = None,
) -> HubResponse:
    """Every tick, and to a player their own orders and account, as they happen.

    A stream begins with a `snapshot`. One that resumes goes on after the event that it names, through any replica: what is
    still held (minutes) comes once and in order. What is not comes as the player's orders since, all of them, and a snapshot
    that says so: `resumed` is false. Ticks may be left out for a slow reader, never the newest one; order and account events
    are never left out. A stream ends with its token or key, and when the server stops: with a `status`, and `retry`.
    """
    player = None if who is None else who.player
    host = host_of(request.scope)
    network = network_of(host) if services.request_limits.is_counted(host) else None
    admit(services.hub, services.environment, player=player, network=network)
    asked = last_event_id if last_event_id is not None else since

    async def begin_as_asked(connection: Connection) -> None:
        # From here on a change of rights ends the stream. One that happened since the request was admitted did not.
        if who is not None and not await is_still(request, services, who):
            connection.close(goodbye(ClosingReason.RIGHTS))
            return
        await begin(services, connection, after=parse(asked or ""), resumes=asked is not None)

    return HubResponse(
        services.hub,
        player=player,
        network=network,
        begin=begin_as_asked,
        until=None if who is None else who.until,
    )
