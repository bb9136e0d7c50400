"""The id of a request: the client's own, or one that is made here. It is in the answer, in problem documents, in every line that
is logged meanwhile, on what the request writes to Kafka, and on the order that it places.
"""

import re
from contextvars import ContextVar
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

HEADER: Final = "X-Request-Id"
_RAW_HEADER: Final = HEADER.lower().encode()
RECORD_HEADER: Final = "request_id"
"""Of records in Kafka. No fold reads it: headers are not part of the log that is folded again."""
_TAKEN: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
"""What is taken from a client: nothing that could break a line of a log, and nothing long."""
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """Of the request that is being answered; None outside of one."""
    return _current.get()


def record_headers() -> list[tuple[str, bytes]]:
    """What records carry that are written for the current request."""
    request_id = _current.get()
    return [] if request_id is None else [(RECORD_HEADER, request_id.encode())]


class RequestIds:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = next((value for name, value in scope["headers"] if name == _RAW_HEADER), b"").decode("latin-1")
        request_id = asked if _TAKEN.fullmatch(asked) else str(uuid4())
        raw_id = request_id.encode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (_RAW_HEADER, raw_id)]
            await send(message)

        token, logged = _current.set(request_id), bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            reset_contextvars(**logged)
            _current.reset(token)
