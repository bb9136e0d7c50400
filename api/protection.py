"""What every answer and every request is held to: secure headers, and a limit on bodies. Plain ASGI, so that streams pass."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BODY_TOO_LARGE, ProblemError, problem_response

LARGEST_BODY = 64 * 1024
"""Bytes: several times the largest body that means something (100 pings)."""

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing but what this server gives: the build of the page needs no more."""
_INLINE = (
    ("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
)
DOCS_POLICY = PAGE_POLICY.replace(*_INLINE[0]).replace(*_INLINE[1])
"""/docs alone may have scripts and styles in its HTML, as Swagger UI does."""


class SecureHeaders:
    """Adds the headers that browsers protect their users by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = DOCS_POLICY if scope["path"] == "/docs" else PAGE_POLICY

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "same-origin"
                headers["Content-Security-Policy"] = policy
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses bodies that are too large: by their stated length, or, without one, once too much of them has come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        stated = headers.get(b"content-length", b"0")
        too_large = not stated.isdigit() or int(stated) > LARGEST_BODY
        if not too_large and b"transfer-encoding" in headers:
            body = await _read(receive)
            too_large = body is None
            # An empty body too: it has been read, and whoever asks for it again would wait for the client to leave.
            receive = receive if body is None else _again(body, receive)
        if too_large:
            problem = ProblemError(BODY_TOO_LARGE, f"A body has at most {LARGEST_BODY} bytes.")
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read, and then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
