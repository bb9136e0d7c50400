"""Who a request comes from: a Bearer token for programs, or the page's cookie."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.auth.tokens import SignedIn
from api.problems import NOT_SIGNED_IN, ProblemError
from api.services import ServicesDependency

COOKIE = "biome_session"

_bearer = HTTPBearer(auto_error=False, description="The access_token that login gives.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by login for the page.")


def _perhaps_signed_in(
    services: ServicesDependency,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> SignedIn | None:
    """The player, or None for a stranger. A Bearer token that is not valid is refused; an old cookie is a stranger's."""
    if bearer is None:
        return services.tokens.read(cookie) if cookie else None
    who = services.tokens.read(bearer.credentials)
    if who is None:
        raise ProblemError(NOT_SIGNED_IN, "The access token is not valid any more. Sign in again.")
    return who


PerhapsSignedIn = Annotated[SignedIn | None, Depends(_perhaps_signed_in)]


def _signed_in(who: PerhapsSignedIn) -> SignedIn:
    if who is None:
        raise ProblemError(NOT_SIGNED_IN, "Sign in first.")
    return who


Player = Annotated[SignedIn, Depends(_signed_in)]
"""The player who asks; strangers get a 401."""
