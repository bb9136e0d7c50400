"""How long each route takes to begin its answer, for the metrics. Plain ASGI, so that streams pass."""

from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM = "/biome-market/stream"
"""A live stream's answer begins at once and says nothing about it."""
NO_ROUTE = "(none)"
"""Instead of a path that matched no route: anyone can make those up, and each would be a metric of its own."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Timed:
    """Outside of all that may refuse or fail."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = monotonic()

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", NO_ROUTE)
                if not route.endswith(STREAM):
                    metrics = scope["app"].state.services.metrics
                    seconds = monotonic() - began
                    method = scope["method"] if scope["method"] in METHODS else "(other)"
                    metrics.answered(method=method, route=route, status=message["status"], seconds=seconds)
            await send(message)

        await self._app(scope, receive, send_and_count)
