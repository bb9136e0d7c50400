"""How the market is: for everyone as a document and a page, and for Prometheus."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from api.networks import is_within
from api.problems import NOT_FOUND, ProblemError, refusals
from api.services import ServicesDependency
from api.status.documents import STYLE, status_document, status_page
from api.status.metrics import CONTENT_TYPE
from api.status.models import Status
from schemas.topics import MARKET_TICKS

NEVER_KEPT = {"Cache-Control": "no-store"}

router = APIRouter(tags=["status"])
pages = APIRouter(include_in_schema=False)


@router.get("/status")
async def status(services: ServicesDependency, response: Response) -> Status:
    """How the market is: its last tick, whether the books are exact, who is behind. Public."""
    response.headers.update(NEVER_KEPT)
    return status_document(services)


@router.get("/metrics", response_class=PlainTextResponse, responses=refusals(NOT_FOUND))
async def metrics(request: Request, services: ServicesDependency) -> Response:
    """Metrics of this replica and of the market, in Prometheus' text format, for the operator's own networks."""
    if not is_within(None if request.client is None else request.client.host, services.metrics_networks):
        raise ProblemError(NOT_FOUND, "The metrics are not shown to your network (BIOME_METRICS_NETWORKS).")
    services.metrics.streams.set(services.hub.streams)
    services.metrics.history_tick.set(services.projected.tick)
    newest = services.hub.newest_tick()
    if newest is not None:
        behind = max(0, newest.tick - services.projected.tick)
        services.metrics.lag.labels("history", MARKET_TICKS.name, "0").set(behind)
    return Response(services.metrics.text(), media_type=CONTENT_TYPE, headers=NEVER_KEPT)


@pages.get("/status")
async def page(services: ServicesDependency) -> HTMLResponse:
    return HTMLResponse(status_page(status_document(services)), headers=NEVER_KEPT)


@pages.get("/status.css")
async def style() -> Response:
    return Response(STYLE, media_type="text/css")
