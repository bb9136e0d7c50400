"""The cookie that says up to which tick a client was told of what happened to it."""

from typing import Final

from starlette.responses import Response

COOKIE: Final = "biome_tick"
COOKIE_SECONDS: Final = 60
"""History is never so far behind what was told; an older cookie may be from a market that was begun again."""


def remember(response: Response, tick: int, *, secure: bool) -> None:
    """Let the client's next read, through any replica, be as of this tick at least (``api.told``)."""
    response.set_cookie(
        COOKIE, str(tick), max_age=COOKIE_SECONDS, path="/api", httponly=True, samesite="lax", secure=secure
    )
