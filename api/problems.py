"""Every way in which the API says no: RFC 9457 problem documents, each with a code that stays the same for ever.

The reasons for which the market rejects an order (``schemas.rejections``) are codes as well, with status 409. docs/errors.md lists
all of them (``python -m api.catalogue``).
"""

import math
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg import DataError, OperationalError
from psycopg.errors import UndefinedColumn, UndefinedTable
from psycopg_pool import PoolClosed, PoolTimeout
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.orders.models import Order
from api.request_ids import current_request_id
from api.tick_cookie import remember
from schemas.rejections import SENTENCES, Rejection

PROBLEM_JSON = "application/problem+json"


class Kind(NamedTuple):
    """One entry of the catalogue."""

    code: str
    status: HTTPStatus
    title: str
    what_to_do: str


NOT_SIGNED_IN = Kind(
    "NOT_SIGNED_IN",
    HTTPStatus.UNAUTHORIZED,
    "Not signed in",
    "Sign in, or send an access token or an API key as `Authorization: Bearer …`.",
)
WRONG_PASSWORD = Kind(
    "WRONG_PASSWORD",
    HTTPStatus.UNAUTHORIZED,
    "Wrong username or password",
    "Check both. The answer is the same for names that nobody has.",
)
TOO_MANY_ATTEMPTS = Kind(
    "TOO_MANY_ATTEMPTS",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many attempts to sign in",
    "Wait as Retry-After says.",
)
WRONG_CURRENT_PASSWORD = Kind(
    "WRONG_CURRENT_PASSWORD",
    HTTPStatus.FORBIDDEN,
    "Wrong current password",
    "Give the password that the account has now.",
)
SCOPE_MISSING = Kind(
    "SCOPE_MISSING",
    HTTPStatus.FORBIDDEN,
    "Key without this scope",
    "Make a key with the scope that the detail names.",
)
SESSION_REQUIRED = Kind(
    "SESSION_REQUIRED",
    HTTPStatus.FORBIDDEN,
    "Not with a key",
    "Sign in with the password: keys can neither make keys nor end sessions.",
)
ADMINS_ONLY = Kind(
    "ADMINS_ONLY",
    HTTPStatus.FORBIDDEN,
    "For admins only",
    "Ask an admin for the role: `biome admin grant-role`.",
)
CROSS_SITE = Kind(
    "CROSS_SITE",
    HTTPStatus.FORBIDDEN,
    "Request of another site",
    "Use the API's own page, or send a token instead of the cookie.",
)
TOO_MANY_KEYS = Kind(
    "TOO_MANY_KEYS",
    HTTPStatus.CONFLICT,
    "Too many API keys",
    "Revoke a key that is not used any more.",
)
TOO_MANY_REGISTRATIONS = Kind(
    "TOO_MANY_REGISTRATIONS",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many registrations",
    "Wait as Retry-After says.",
)
TOO_MANY_REQUESTS = Kind(
    "TOO_MANY_REQUESTS",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many requests",
    "Wait as Retry-After says; follow the stream instead of asking again and again.",
)
REQUEST_TIMEOUT = Kind(
    "REQUEST_TIMEOUT",
    HTTPStatus.REQUEST_TIMEOUT,
    "Request came too slowly",
    "Send the whole request without pauses.",
)
NOT_FOUND = Kind(
    "NOT_FOUND",
    HTTPStatus.NOT_FOUND,
    "Not found",
    "Check the address and the id. What is somebody else's is not found either.",
)
METHOD_NOT_ALLOWED = Kind(
    "METHOD_NOT_ALLOWED",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "Method not allowed",
    "Use one of the methods that the header Allow names.",
)
BAD_REQUEST = Kind(
    "BAD_REQUEST",
    HTTPStatus.BAD_REQUEST,
    "Request not understood",
    "Send what /docs describes, as JSON.",
)
USERNAME_TAKEN = Kind(
    "USERNAME_TAKEN",
    HTTPStatus.CONFLICT,
    "Username taken",
    "Choose another name.",
)
ACCOUNT_PENDING = Kind(
    "ACCOUNT_PENDING",
    HTTPStatus.CONFLICT,
    "Account not open yet",
    "Wait a tick or two: the market is opening the account.",
)
TICK_NOT_KEPT = Kind(
    "TICK_NOT_KEPT",
    HTTPStatus.GONE,
    "Tick not kept any more",
    "Ask for a newer tick, or use candles; the topics keep every tick.",
)
BODY_TOO_LARGE = Kind(
    "BODY_TOO_LARGE",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "Body too large",
    "Send less at once: a body has at most 64 KiB.",
)
INVALID = Kind(
    "INVALID",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "Request not valid",
    "Mend the fields that `errors` names.",
)
IDEMPOTENCY_CONFLICT = Kind(
    "IDEMPOTENCY_CONFLICT",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "Key used for something else",
    "Take a new key for what is another order or command.",
)
COMMAND_REFUSED = Kind(
    "COMMAND_REFUSED",
    HTTPStatus.CONFLICT,
    "Command refused by the market",
    "Read the detail, mend it, and give the command again.",
)
ALREADY_REDRIVEN = Kind(
    "ALREADY_REDRIVEN",
    HTTPStatus.CONFLICT,
    "Dead letter sent again before",
    "Nothing: it was sent again before.",
)
LETTER_INCOMPLETE = Kind(
    "LETTER_INCOMPLETE",
    HTTPStatus.CONFLICT,
    "Dead letter without all its bytes",
    "Ask whoever wrote it to send it again.",
)
TOO_MANY_STREAMS = Kind(
    "TOO_MANY_STREAMS",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many open streams",
    "Close a stream that is not needed.",
)
INTERNAL = Kind(
    "INTERNAL",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Internal error",
    "Try again; if it stays, tell the operator the time of it.",
)
LOG_UNAVAILABLE = Kind(
    "LOG_UNAVAILABLE",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Kafka did not answer",
    "Send it again with the same id or key: it happens once.",
)
DATABASE_UNAVAILABLE = Kind(
    "DATABASE_UNAVAILABLE",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "PostgreSQL did not answer",
    "Try again in a moment.",
)
DATABASE_NOT_READY = Kind(
    "DATABASE_NOT_READY",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Database not ready",
    "The operator runs `biome db migrate`, or starts history.",
)
BUSY = Kind(
    "BUSY",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too busy",
    "Try again in a moment.",
)
NO_TICK_YET = Kind(
    "NO_TICK_YET",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "No tick yet",
    "Wait for the market's first tick.",
)
TICK_NOT_REACHED = Kind(
    "TICK_NOT_REACHED",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Tick not reached",
    "Try again in a moment: what is asked for is still on its way.",
)
RULES_UNKNOWN = Kind(
    "RULES_UNKNOWN",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Server older than the market's rules",
    "The operator updates this server to code that knows the market's rules.",
)

CATALOGUE: tuple[Kind, ...] = (
    NOT_SIGNED_IN,
    WRONG_PASSWORD,
    TOO_MANY_ATTEMPTS,
    WRONG_CURRENT_PASSWORD,
    SCOPE_MISSING,
    SESSION_REQUIRED,
    ADMINS_ONLY,
    CROSS_SITE,
    TOO_MANY_KEYS,
    TOO_MANY_REGISTRATIONS,
    TOO_MANY_REQUESTS,
    REQUEST_TIMEOUT,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    BAD_REQUEST,
    USERNAME_TAKEN,
    ACCOUNT_PENDING,
    TICK_NOT_KEPT,
    BODY_TOO_LARGE,
    INVALID,
    IDEMPOTENCY_CONFLICT,
    COMMAND_REFUSED,
    ALREADY_REDRIVEN,
    LETTER_INCOMPLETE,
    TOO_MANY_STREAMS,
    INTERNAL,
    LOG_UNAVAILABLE,
    DATABASE_UNAVAILABLE,
    DATABASE_NOT_READY,
    BUSY,
    NO_TICK_YET,
    TICK_NOT_REACHED,
    RULES_UNKNOWN,
)

WRONG_BODY: tuple[Kind, ...] = (BAD_REQUEST, BODY_TOO_LARGE, INVALID)
"""What every route that takes a body may answer."""

RETRY_AFTER_SECONDS = 1
"""What a 503 or 429 says that knows no better: whatever is away is usually back within a restart, about a second."""


class FieldProblem(BaseModel):
    """One field that is not valid."""

    field: str = Field(description="Where in the request, such as body.amount_bdt.")
    message: str


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="urn:biome-market:problem: and the code.")
    title: str
    status: int
    detail: str = Field(description="A sentence for people.")
    code: str = Field(description="For programs. It never changes.")
    request_id: str | None = Field(
        None, description="Of the request, as in the X-Request-Id header: name it to the operator."
    )
    errors: list[FieldProblem] | None = Field(None, description="With code INVALID: the fields at fault.")
    order: Order | None = Field(None, description="With the code of a rejection: the rejected order.")


class ProblemError(Exception):
    """Carries a problem document out of a route."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        errors: list[FieldProblem] | None = None,
        order: Order | None = None,
        retry_after: float = RETRY_AFTER_SECONDS,
    ) -> None:
        """``retry_after``: seconds, for a 429 or 503."""
        super().__init__(detail)
        self.retry_after = max(RETRY_AFTER_SECONDS, math.ceil(retry_after))
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.order = order


def no_tick_here() -> ProblemError:
    """What answers from the newest tick says while this server has seen none."""
    return ProblemError(NO_TICK_YET, "No tick has come since this server started. Try again in a moment.")


def no_tick_in_history() -> ProblemError:
    """What answers from history's tables says while they hold none."""
    return ProblemError(NO_TICK_YET, "History has no tick yet. Try again in a moment.")


def kafka_is_silent() -> ProblemError:
    """What is read from Kafka says while it does not answer."""
    return ProblemError(LOG_UNAVAILABLE, "Kafka did not answer in time. Try again in a moment.")


def rejection_kind(code: Rejection) -> Kind:
    """The problem that an order rejected by the market answers with."""
    return Kind(code.value, HTTPStatus.CONFLICT, "Order rejected", SENTENCES[code])


def problem_response(problem: ProblemError) -> JSONResponse:
    """The HTTP answer of a problem."""
    kind = problem.kind
    document = Problem(
        type=f"urn:biome-market:problem:{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        code=kind.code,
        request_id=current_request_id(),
        errors=problem.errors,
        order=problem.order,
    )
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if kind.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if kind.status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers["Retry-After"] = str(problem.retry_after)
    return JSONResponse(
        document.model_dump(mode="json", exclude_none=True) | _order_with_nulls(problem.order),
        status_code=kind.status,
        headers=headers,
        media_type=PROBLEM_JSON,
    )


def _order_with_nulls(order: Order | None) -> dict[str, Any]:
    """An order keeps its nulls: it is the same document wherever it is shown."""
    return {} if order is None else {"order": order.model_dump(mode="json")}


def refusals(*kinds: Kind, rejected: bool = False) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: what it may refuse with, for the OpenAPI document."""
    by_status: dict[int | str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(int(kind.status), []).append(f"`{kind.code}`: {kind.title}. {kind.what_to_do}")
    if rejected:
        conflicts = by_status.setdefault(int(HTTPStatus.CONFLICT), [])
        conflicts.extend(f"`{code.value}`: {sentence}" for code, sentence in SENTENCES.items())
    return {
        status: {
            "description": " ".join(lines),
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, lines in by_status.items()
    }


def install_problem_handlers(application: FastAPI) -> None:
    """Answer every refusal and every failure with a problem document, never with a stack trace."""

    def on_problem(request: Request, problem: Exception) -> JSONResponse:
        assert isinstance(problem, ProblemError)
        response = problem_response(problem)
        if problem.order is not None and problem.order.tick is not None:
            secure = request.app.state.services.environment.cookie_secure
            remember(response, problem.order.tick, secure=secure)
        return response

    def on_invalid(_request: Request, fault: Exception) -> JSONResponse:
        assert isinstance(fault, RequestValidationError)
        return problem_response(
            ProblemError(INVALID, "The request is not valid: see errors.", errors=_field_problems(fault))
        )

    def on_http(request: Request, fault: Exception) -> JSONResponse:
        assert isinstance(fault, HTTPException)
        response = problem_response(_of_http(fault))
        response.headers.update(fault.headers or {})
        if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.url.path.startswith("/api/"):
            response.headers["Allow"] = _methods_at(request) or response.headers.get("Allow", "")
        return response

    application.add_exception_handler(ProblemError, on_problem)
    application.add_exception_handler(RequestValidationError, on_invalid)
    application.add_exception_handler(HTTPException, on_http)
    for faults, kind, sentence in _FAULTS:
        for fault in faults:
            application.add_exception_handler(fault, _answering(kind, sentence))


_FAULTS: tuple[tuple[tuple[type[Exception], ...], Kind, str], ...] = (
    (
        (OperationalError, PoolTimeout, PoolClosed),
        DATABASE_UNAVAILABLE,
        "PostgreSQL did not answer. Try again in a moment.",
    ),
    (
        (UndefinedTable, UndefinedColumn),
        DATABASE_NOT_READY,
        "The database has no tables yet, or older ones: `biome db migrate` makes them.",
    ),
    # The net under the models: text or a number that PostgreSQL cannot hold came from the request.
    ((DataError,), INVALID, "The request holds a value that cannot be stored."),
    # The net under the middleware itself: what fails in a route is answered by ``api.failures``.
    ((Exception,), INTERNAL, "Something went wrong here. It has been logged."),
)


def _answering(kind: Kind, sentence: str) -> Callable[[Request, Exception], JSONResponse]:
    return lambda _request, _fault: problem_response(ProblemError(kind, sentence))


def _methods_at(request: Request) -> str:
    """What a 405 says that the address takes: Starlette names the methods of the first of its routes alone."""
    return ", ".join(
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.router.routes
        )
    )


def _field_problems(fault: RequestValidationError) -> list[FieldProblem]:
    return [
        FieldProblem(
            field=".".join(str(part) for part in error["loc"]), message=error["msg"].removeprefix("Value error, ")
        )
        for error in fault.errors()
    ]


def _of_http(fault: HTTPException) -> ProblemError:
    """What Starlette itself refuses: unknown paths, wrong methods, unreadable bodies."""
    if fault.status_code == HTTPStatus.NOT_FOUND:
        return ProblemError(NOT_FOUND, "There is nothing at this address.")
    if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return ProblemError(METHOD_NOT_ALLOWED, "This address does not take this method.")
    return ProblemError(BAD_REQUEST, "The request could not be understood.")
