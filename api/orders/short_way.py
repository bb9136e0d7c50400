"""The short way of an order, past the router and FastAPI's dependencies, which take longer than all that is done for it.

It takes only what is plainly an order. Everything else goes FastAPI's way, which takes every order that this one takes, and says
what is wrong with what is none: docs/decisions/0016-the-short-way-of-an-order.md.
"""

from http import HTTPMethod
from typing import Any, Final, NamedTuple

from fastapi import FastAPI, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from api.auth.account import open_account_required
from api.auth.identity import trader_of
from api.orders.models import Buy, ClientOrderId, Sell
from api.orders.placement import place
from api.protection import again
from api.services import Services

_KEY: Final = b"idempotency-key"
_JSON: Final = b"application/json"
_WAITS: Final = {b"": False, b"wait=fill": True}
"""Query strings, and whether they wait for the outcome."""
_key_of: Final = TypeAdapter(ClientOrderId)


class _Asked(NamedTuple):
    order: Buy | Sell
    idempotency_key: str | None
    wait: bool


class _Route(NamedTuple):
    """As the router leaves a route in the scope of a request, for ``api.status.timed``."""

    path: str
    model: type[Buy] | type[Sell]


_ROUTES: Final = {
    f"/api/v1{route.path}": route for route in (_Route("/biome-market/buy", Buy), _Route("/biome-market/sell", Sell))
}


class ShortWay:
    """Within all other middleware: it needs the whole body at once, as ``BodyLimit`` gives it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        route = _ROUTES.get(scope.get("path", ""))
        if route is None or scope["type"] != "http" or scope["method"] != HTTPMethod.POST:
            await self._app(scope, receive, send)
            return
        message = await receive()
        asked = _plainly_asked(scope, message.get("body", b""), route.model)
        if asked is None:
            await self._app(scope, again(message, receive), send)
            return
        scope["route"] = route
        response = await _take(Request(scope), asked)
        await response(scope, receive, send)


def _plainly_asked(scope: AsgiScope, body: bytes, model: type[Buy] | type[Sell]) -> _Asked | None:
    """What is asked for, if nothing of it needs a second look."""
    wait = _WAITS.get(scope["query_string"])
    headers = dict(scope["headers"])
    if wait is None or headers.get(b"content-type") != _JSON or len(headers) < len(scope["headers"]):
        return None
    given = headers.get(_KEY)
    try:
        order = model.model_validate_json(body)
        key = None if given is None else _key_of.validate_python(given.decode("latin-1"))
    except ValidationError:
        return None
    return _Asked(order, key, wait)


async def _take(request: Request, asked: _Asked) -> Response:
    application: FastAPI = request.app
    services: Services = application.state.services
    try:
        who = await open_account_required(await trader_of(request, services), services)
        return await place(services, who, asked.order, idempotency_key=asked.idempotency_key, wait=asked.wait)
    except Exception as fault:
        # As Starlette does it around the router. What nobody thought of is for ``api.failures``.
        handlers: dict[Any, Any] = application.exception_handlers
        kinds = type(fault).__mro__
        handler = next((handlers[kind] for kind in kinds[: kinds.index(Exception)] if kind in handlers), None)
        if handler is None:
            raise
        response: Response = handler(request, fault)
        return response
