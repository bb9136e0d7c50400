"""Pages of other sites: what they may do in a browser that is signed in here (nothing), and without the cookie (what CORS allows).

The cookie is SameSite=Lax, so a browser sends it with no writing request of another site. Browsers differ in what a site is
(another port or subdomain is the same one), so each writing request is checked by its origin as well.
"""

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.tokens import COOKIE
from api.problems import CROSS_SITE, ProblemError, problem_response
from schemas.environment import Environment

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing, and browsers show their answers to the page's own origin only."""
ANY: Final = "*"
ALLOWED_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
ALLOWED_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "X-Request-Id",
)
SHOWN_HEADERS: Final = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")
PREFLIGHT_SECONDS: Final = 600


def origins_of(environment: Environment) -> tuple[str, ...]:
    """The origins whose pages may use the API.

    Raises:
        ValueError: one of them is not an origin.
    """
    text = environment.cors_origins.strip()
    if text == "none":
        return ()
    origins = tuple(part.strip() for part in text.split(","))
    for origin in origins:
        scheme, separator, host = origin.partition("://")
        if origin != ANY and (scheme not in {"http", "https"} or not separator or not host or "/" in host):
            raise ValueError(f"{origin!r} is not an origin, such as https://game.example")
    return origins


class SameSite:
    """Refuses writing requests that a page of another site sends with the cookie, or to get one.

    Requests with a Bearer are none of its business: another site cannot know what to put there. Any other Authorization
    (a browser's Basic, say) does not count, since the caller is then taken from the cookie.
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not _has_bearer(headers) and not self._may(headers):
                problem = ProblemError(
                    CROSS_SITE, "This request comes from a page of another site. Use the API's own page, or a token."
                )
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _may(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if _is_same_origin(headers, origin):
            return True
        return not _has_cookie(headers) and (origin in self._origins or ANY in self._origins)


def _is_same_origin(headers: Headers, origin: str | None) -> bool:
    """By Sec-Fetch-Site, which all browsers of today send; else by Origin. Programs send neither, and no page can leave it out."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _has_bearer(headers: Headers) -> bool:
    """As ``api.auth.identity`` takes it: with something after the scheme."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and credentials.strip() != ""


def _has_cookie(headers: Headers) -> bool:
    try:
        return COOKIE in SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return True
