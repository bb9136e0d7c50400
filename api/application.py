"""The FastAPI application: routes by resource, problem documents, protection, and the page."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.telemetry import TelemetryConfig
from pydantic.json_schema import models_json_schema

import api.admin.machine_routes
import api.admin.routes
import api.attention.routes
import api.auth.key_routes
import api.auth.routes
import api.candles.routes
import api.health.routes
import api.leaderboard.routes
import api.live.routes
import api.markets.routes
import api.orders.routes
import api.portfolio.routes
import api.quote.routes
import api.status.routes
import api.ticks.routes
from api.auth.opening import send_openings
from api.examples import EXAMPLES
from api.failures import Failures
from api.limits import LimitRequests
from api.live.models import AccountEvent, SnapshotEvent, StatusEvent, TickEvent
from api.orders.lost import send_lost_orders
from api.orders.short_way import ShortWay
from api.other_sites import (
    ALLOWED_HEADERS,
    ALLOWED_METHODS,
    PREFLIGHT_SECONDS,
    SHOWN_HEADERS,
    SameSite,
    origins_of,
)
from api.page import Page, PageMount
from api.problems import (
    CROSS_SITE,
    INTERNAL,
    REQUEST_TIMEOUT,
    TOO_MANY_REQUESTS,
    Problem,
    install_problem_handlers,
    refusals,
)
from api.protection import BodyLimit, SecureHeaders
from api.request_ids import RequestIds
from api.services import Services
from api.static_documents import StaticDocument
from api.status.timed import Timed
from schemas import asyncapi
from schemas.environment import Environment

GC_ALLOCATIONS = 5_000
"""Objects more than before, until the youngest are looked through for cycles, some 10 ms: a request leaves hardly any. Python's 700 took a
twelfth of an order's time, 20,000 held up whoever came then for 27 ms.
"""
GC_ROUNDS = 20
"""Such rounds until older ones are looked through too."""
_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""`/metrics` and the request ids tell it; looking whether OpenTelemetry was set up takes 4 % of an order."""
DESCRIPTION = """
Seven biomes, each with a market. Nothing but attention moves a price: every half second a quarter of every biome's cash is
dealt out again by the attention that players gave. All orders of a tick fill at the price after that.

Amounts are decimal strings. Errors are problem documents (RFC 9457) whose `code` never changes.
"""


def create_application(environment: Environment, *, on_failure: Callable[[], None] = lambda: None) -> FastAPI:
    """The application. It connects to nothing before it is served; ``on_failure`` is told when it cannot go on."""

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        services = Services(environment)
        application.state.services = services
        outboxes = send_openings(services.pool, services.writer), send_lost_orders(services.pool, services.writer)
        async with services.running(*outboxes, on_failure=on_failure):
            # What exists now stays: collections that skip it cut p99 from 55 to 18 ms.
            gc.collect()
            gc.freeze()
            gc.set_threshold(GC_ALLOCATIONS, GC_ROUNDS, GC_ROUNDS)
            yield

    application = FastAPI(
        title="Biome Market",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,  # FastAPI's own renders the document anew each time
        docs_url=None,  # FastAPI's own loads Swagger UI from the internet
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
        generate_unique_id_function=lambda route: route.name,
    )
    install_problem_handlers(application)
    _route(application)
    _protect(application, environment)
    application.add_middleware(Timed)
    application.add_middleware(RequestIds)
    _describe_events(application)
    application.add_api_route("/docs", _docs, include_in_schema=False)
    for path, make in (("/openapi.json", application.openapi), ("/asyncapi.json", asyncapi.document)):
        application.add_api_route(path, StaticDocument(make).answer, include_in_schema=False)
    application.include_router(api.status.routes.pages)
    application.router.routes.append(PageMount(Page(environment.page_dir)))
    return application


def _protect(application: FastAPI, environment: Environment) -> None:
    """What a request passes before any route, the last one first: its answer has the headers of all that it has passed."""
    origins = origins_of(environment)
    application.add_middleware(ShortWay)
    application.add_middleware(Failures)
    application.add_middleware(BodyLimit)
    application.add_middleware(SameSite, origins=origins)
    application.add_middleware(LimitRequests)
    application.add_middleware(SecureHeaders, https_only=environment.cookie_secure)
    if origins:
        application.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=ALLOWED_METHODS,
            allow_headers=ALLOWED_HEADERS,
            expose_headers=SHOWN_HEADERS,
            max_age=PREFLIGHT_SECONDS,
        )


def _docs() -> HTMLResponse:
    """Swagger UI, from the files that are built with the page: it works without the internet."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Biome Market: the API",
        swagger_js_url="/swagger/swagger-ui-bundle.js",
        swagger_css_url="/swagger/swagger-ui.css",
        swagger_favicon_url="/favicon.svg",
    )


def _route(application: FastAPI) -> None:
    # What may happen before any route is asked; a route that has more to say of a status says so itself.
    everywhere = refusals(CROSS_SITE, TOO_MANY_REQUESTS, REQUEST_TIMEOUT, INTERNAL)
    for resource in (
        api.orders.routes,  # routes are tried in this order, and orders are what should not wait
        api.auth.routes,
        api.auth.key_routes,
        api.markets.routes,
        api.candles.routes,
        api.ticks.routes,
        api.leaderboard.routes,
        api.quote.routes,
        api.portfolio.routes,
        api.attention.routes,
        api.live.routes,
        api.health.routes,
        api.status.routes,
        api.admin.routes,
        api.admin.machine_routes,
    ):
        application.include_router(resource.router, prefix="/api/v1", responses=everywhere)


def _describe_events(application: FastAPI) -> None:
    """Add to the OpenAPI document what FastAPI does not see: problem documents, and what the stream's events carry."""
    without_events = application.openapi

    def openapi() -> dict[str, Any]:
        document = without_events()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "SnapshotEvent" not in schemas:
            models = (Problem, SnapshotEvent, TickEvent, AccountEvent, StatusEvent)
            _, definitions = models_json_schema(
                [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
            )
            for name, schema in definitions["$defs"].items():
                schemas.setdefault(name, schema)
            for name, examples in EXAMPLES.items():
                schemas[name]["examples"] = examples
            for path in document["paths"].values():
                for operation in path.values():
                    _drop_fastapis_own_error(operation)
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
        return document

    application.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI's documentation gives


def _drop_fastapis_own_error(operation: dict[str, Any]) -> None:
    """FastAPI describes a 422 of its own wherever a route takes something; ours are problem documents."""
    invalid = operation["responses"].get("422", {})
    if "application/json" in invalid.get("content", {}):
        del invalid["content"]["application/json"]
        if not invalid["content"]:
            del operation["responses"]["422"]
