"""What every answer and every request is held to: secure headers, and limits on bodies. Plain ASGI, so that streams pass."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BAD_REQUEST, BODY_TOO_LARGE, REQUEST_TIMEOUT, ProblemError, problem_response

LARGEST_BODY = 64 * 1024
"""Bytes: several times the largest body that means something (100 pings)."""

DEEPEST_BODY = 16
"""Arrays and objects within each other: four times the deepest body that means something."""
BODY_SECONDS = 10.0
"""Longest that a whole body may take to come. A client that sends a byte now and then would hold its connection for ever."""

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
_CACHE_CONTROL = b"cache-control"


class SecureHeaders:
    """Adds the headers that browsers protect their users by."""

    def __init__(self, app: ASGIApp, *, https_only: bool = False) -> None:
        self._app = app
        self._of_all = _secure_headers(PAGE_POLICY, https_only=https_only)
        self._of_docs = _secure_headers(DOCS_POLICY, https_only=https_only)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = self._of_docs if scope["path"] == "/docs" else self._of_all
        is_api = scope["path"].startswith("/api/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = [*message.get("headers", ()), *added]
                if is_api and not any(name.lower() == _CACHE_CONTROL for name, _ in headers):
                    headers.append((_CACHE_CONTROL, b"no-store"))  # what may be kept says so itself
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _secure_headers(policy: str, *, https_only: bool) -> tuple[tuple[bytes, bytes], ...]:
    headers = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if https_only:
        headers["strict-transport-security"] = "max-age=31536000"
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


class BodyLimit:
    """Refuses bodies that are too large (by their stated length, or once too much of them has come), too deep, or too slow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive)
        except ProblemError as problem:
            await problem_response(problem)(scope, receive, send)
            return
        # An empty body too: it has been read, and whoever asks for it again would wait for the client to leave.
        await self._app(scope, again({"type": "http.request", "body": body, "more_body": False}, receive), send)


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


async def _read(scope: Scope, receive: Receive) -> bytes:
    """The whole body.

    Raises:
        ProblemError: it is more than a body may be, or not there in time.
    """
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    if not stated.isdigit() or int(stated) > LARGEST_BODY:
        raise _too_large()
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > LARGEST_BODY:
                    raise _too_large()
    except TimeoutError:
        raise ProblemError(REQUEST_TIMEOUT, f"The whole body has to come within {BODY_SECONDS:.0f} seconds.") from None
    if _depth_of(body) > DEEPEST_BODY:
        raise ProblemError(BAD_REQUEST, f"A body has at most {DEEPEST_BODY} arrays and objects within each other.")
    return body


def _too_large() -> ProblemError:
    return ProblemError(BODY_TOO_LARGE, f"A body has at most {LARGEST_BODY} bytes.")


def _depth_of(body: bytes) -> int:
    """How deep the JSON is nested; 0 for the usual body, which has too few brackets to be deep."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST_BODY:
        return 0
    depth = deepest = 0
    in_text = escaped = False
    for byte in body:
        if escaped:
            escaped = False
        elif in_text:
            escaped = byte == _BACKSLASH
            in_text = byte != _QUOTE
        elif byte == _QUOTE:
            in_text = True
        elif byte in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif byte in _CLOSING:
            depth -= 1
    return deepest


_QUOTE, _BACKSLASH = b'"\\'
_OPENING, _CLOSING = b"[{", b"]}"


def again(message: Message, receive: Receive) -> Receive:
    """Gives the message that was received, and then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return message

    return receive_again
