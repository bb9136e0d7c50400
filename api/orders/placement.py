"""Placing an order: recorded, sent to the log, and answered at once or with its outcome."""

import asyncio
from http import HTTPStatus
from uuid import uuid4

import structlog
from starlette.responses import Response

from api.auth.rights import Caller
from api.log_writer import LogUnavailableError
from api.orders.documents import order_of_event, pending_order
from api.orders.models import Buy, Order, OrderStatus, Sell, Terms
from api.orders.recording import KeyReused, Recorded
from api.orders.sending import send
from api.orders.transactions import find_order
from api.problems import IDEMPOTENCY_CONFLICT, INVALID, LOG_UNAVAILABLE, FieldProblem, ProblemError, rejection_kind
from api.services import Services
from api.tick_cookie import remember
from schemas.messages.trade_events import Filled, Rejected

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def place(
    services: Services, who: Caller, order: Buy | Sell, *, idempotency_key: str | None, wait: bool
) -> Response:
    """Place the player's order; answer with it: decided already, or pending. ``idempotency_key`` is the header's.

    Raises:
        ProblemError: it is refused; or rejected, when its outcome is waited for.
    """
    key, terms = _key(order.client_order_id, idempotency_key), order.terms()
    recorded = await services.orders.record(player=who.player, client_order_id=key, terms=terms)
    if isinstance(recorded, KeyReused):
        raise ProblemError(IDEMPOTENCY_CONFLICT, "This key was used for an order with other terms. Use a new key.")
    if recorded.identity.request_id is not None:
        services.origins.note(recorded.identity.order_id, recorded.identity.request_id)
    decided = recorded.outcome
    if decided is None:
        with services.hub.outcome_of(recorded.identity.order_id, player=who.player) as outcome:
            if recorded.may_be_sent and not outcome.done():
                await _send(services, who, recorded, terms)
            if wait:
                decided = await _wait_for(services, who, recorded, outcome)
    if decided is None:
        return _answer(pending_order(recorded.identity, terms), HTTPStatus.ACCEPTED)
    assert decided.tick is not None
    if decided.rejection is not None and wait:
        raise ProblemError(rejection_kind(decided.rejection.code), decided.rejection.detail, order=decided)
    response = _answer(decided, HTTPStatus.OK)
    remember(response, decided.tick, secure=services.environment.cookie_secure)
    return response


def _key(client_order_id: str | None, idempotency_key: str | None) -> str:
    if client_order_id is not None and idempotency_key is not None and client_order_id != idempotency_key:
        sentence = "client_order_id and Idempotency-Key are two names of one thing: give one, or give both the same."
        errors = [FieldProblem(field="header.Idempotency-Key", message=sentence)]
        raise ProblemError(INVALID, sentence, errors=errors)
    return client_order_id or idempotency_key or str(uuid4())


def _answer(order: Order, status: HTTPStatus) -> Response:
    return Response(order.model_dump_json(), status_code=status, media_type="application/json")


async def _send(services: Services, who: Caller, recorded: Recorded, terms: Terms) -> None:
    try:
        offset = await send(services.writer, player=who.player, identity=recorded.identity, terms=terms)
    except LogUnavailableError:
        raise ProblemError(
            LOG_UNAVAILABLE,
            "Kafka did not acknowledge the order in time. Sending it again with the same client_order_id"
            f" ({recorded.identity.client_order_id}) is safe: it happens at most once.",
        ) from None
    log.debug("order_sent", order_id=recorded.identity.order_id, player=who.player, offset=offset)


async def _wait_for(
    services: Services, who: Caller, recorded: Recorded, outcome: "asyncio.Future[Filled | Rejected]"
) -> Order | None:
    """The outcome from the hub, or from PostgreSQL if it passed the hub before: then history may not have it yet."""
    try:
        async with asyncio.timeout(services.environment.orders_wait_seconds):
            if not recorded.is_new or services.hub.newest is None:
                found = await _passed_before(services, who, recorded, outcome)
                if found is not None:
                    return found
            return order_of_event(await outcome, request_id=recorded.identity.request_id)
    except TimeoutError:
        return await _find_decided(services, who.player, recorded.identity.order_id)


async def _passed_before(
    services: Services, who: Caller, recorded: Recorded, outcome: "asyncio.Future[Filled | Rejected]"
) -> Order | None:
    """The outcome if it came before this process followed the market, or is not held any more: once history is at the hub's
    tick, it has whatever the hub did not see. None when there is none, or ``outcome`` has it.
    """
    while not outcome.done():
        seen = services.hub.newest
        if seen is not None and services.projected.tick >= seen.tick.tick:
            return await _find_decided(services, who.player, recorded.identity.order_id)
        begun = asyncio.create_task(_reach_the_hub(services))
        try:
            await asyncio.wait((begun, outcome), return_when=asyncio.FIRST_COMPLETED)
        finally:
            begun.cancel()
    return None


async def _reach_the_hub(services: Services) -> None:
    seconds = services.environment.orders_wait_seconds
    newest = await services.hub.first_tick(seconds=seconds)
    if newest is not None:
        await services.projected.reach(newest.tick.tick, seconds=seconds)


async def _find_decided(services: Services, player: str, order_id: str) -> Order | None:
    found = await find_order(services.pool, player, order_id)
    return None if found is None or found.status is OrderStatus.PENDING else found
