"""Who a request comes from: an access token or an API key as Bearer for programs, or the page's cookie."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from api.auth.keys import looks_like_a_key
from api.auth.rights import Caller, Scope, operator
from api.auth.tokens import COOKIE
from api.problems import ADMINS_ONLY, NOT_SIGNED_IN, SCOPE_MISSING, SESSION_REQUIRED, ProblemError
from api.services import Services, ServicesDependency

_bearer = HTTPBearer(auto_error=False, description="The access_token that login gives, or an API key.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by login for the page.")


async def _perhaps_somebody(
    request: Request,
    services: ServicesDependency,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Caller | None:
    """The caller, or None for a stranger. A Bearer that is not valid is refused; an old cookie is a stranger's."""
    caller = await _who(services, bearer, cookie)
    if caller is not None:
        services.request_limits.count_caller(request.scope, caller.counted_as)
    return caller


async def _who(services: Services, bearer: HTTPAuthorizationCredentials | None, cookie: str | None) -> Caller | None:
    if bearer is None:
        caller = await _of_token(services, cookie) if cookie else None
    elif looks_like_a_key(bearer.credentials):
        caller = await services.callers.of_key(bearer.credentials)
        if caller is None:
            raise ProblemError(NOT_SIGNED_IN, "The API key is not valid: it is wrong, revoked or expired.")
    else:
        caller = await _of_token(services, bearer.credentials) or _operator(services, bearer.credentials)
        if caller is None:
            raise ProblemError(NOT_SIGNED_IN, "The access token is not valid any more. Sign in again.")
    return caller


async def is_still(request: Request, services: Services, caller: Caller) -> bool:
    """Whether the request would be taken as the same caller's now: for what stays open, since rights may have changed meanwhile."""
    try:
        return await _who(services, await _bearer(request), await _cookie(request)) == caller
    except (ProblemError, OperationalError, PoolTimeout):  # or it is not known now, which the next attempt tells
        return False


async def _of_token(services: Services, token: str) -> Caller | None:
    signed_in = services.tokens.read(token)
    return None if signed_in is None else await services.callers.of_session(signed_in)


def _operator(services: Services, token: str) -> Caller | None:
    name = services.tokens.read_operator(token)
    return None if name is None else operator(name)


_PerhapsSomebody = Annotated[Caller | None, Depends(_perhaps_somebody)]


async def _perhaps_signed_in(caller: _PerhapsSomebody) -> Caller | None:
    if caller is not None and Scope.READ not in caller.scopes:
        raise _without(Scope.READ, caller)
    return caller


PerhapsSignedIn = Annotated[Caller | None, Depends(_perhaps_signed_in)]
STRANGERS_TOO: dict[str, Any] = {"security": [{}]}
"""The ``openapi_extra=`` of a route that takes ``PerhapsSignedIn``: one may also show nothing."""


async def _somebody(caller: _PerhapsSomebody) -> Caller:
    if caller is None:
        raise ProblemError(NOT_SIGNED_IN, "Sign in first.")
    return caller


_Somebody = Annotated[Caller, Depends(_somebody)]


def _with(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    async def allowed(caller: _Somebody) -> Caller:
        if scope not in caller.scopes:
            raise _without(scope, caller)
        return caller

    return allowed


def _without(scope: Scope, caller: Caller) -> ProblemError:
    if caller.key is None and scope is Scope.ADMIN:
        return ProblemError(ADMINS_ONLY, "This is for admins. `biome admin grant-role` makes one.")
    what = "API key" if caller.key is not None else "token"
    return ProblemError(SCOPE_MISSING, f"This {what} does not have the scope `{scope}`. Use one that has it.")


async def _in_session(caller: _Somebody) -> Caller:
    if caller.key is not None or Scope.READ not in caller.scopes:
        raise ProblemError(
            SESSION_REQUIRED, "Keys and passwords are managed by who signed in with a password, not by a key."
        )
    return caller


_trades = _with(Scope.TRADE)
Player = Annotated[Caller, Depends(_with(Scope.READ))]
"""The player who asks; strangers get a 401."""
Trader = Annotated[Caller, Depends(_trades)]
"""The player who acts."""
Admin = Annotated[Caller, Depends(_with(Scope.ADMIN))]
"""An admin, an admin's key, or an operator on the machine."""
InSession = Annotated[Caller, Depends(_in_session)]
"""The player, signed in by password: a key that leaked can neither make itself another one nor lock the player out."""


async def trader_of(request: Request, services: Services) -> Caller:
    """What ``Trader`` gives, for a route that does without FastAPI's dependencies.

    Raises:
        ProblemError: it is refused.
    """
    caller = await _perhaps_somebody(request, services, await _bearer(request), await _cookie(request))
    return await _trades(await _somebody(caller))
