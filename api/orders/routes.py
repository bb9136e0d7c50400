"""Placing orders and looking at them."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Literal, TypeAlias
from uuid import uuid4

import structlog
from fastapi import APIRouter, Header, Path, Query, Response, status

from api.auth.account import PlayerWithAccount
from api.auth.identity import Player
from api.auth.rights import Caller
from api.log_writer import LogUnavailableError
from api.orders.documents import (
    SELECT_OUTCOMES,
    SELECT_REQUESTS,
    order_of_event,
    order_of_row,
    pending_order,
    place_of_row,
)
from api.orders.models import Buy, ClientOrderId, Order, OrderStatus, Sell, Terms, Transactions
from api.orders.placement import KeyReused, Recorded, record, send
from api.orders.transactions import FiltersOfQuery, read_transactions
from api.problems import (
    ACCOUNT_PENDING,
    BUSY,
    DATABASE_UNAVAILABLE,
    IDEMPOTENCY_CONFLICT,
    INVALID,
    LOG_UNAVAILABLE,
    NOT_FOUND,
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    TICK_NOT_REACHED,
    WRONG_BODY,
    FieldProblem,
    Kind,
    ProblemError,
    refusals,
    rejection_kind,
)
from api.services import Services, ServicesDependency
from api.tick_cookie import remember
from api.told import ToldTick
from schemas.messages.trade_events import Filled, Rejected

MOST_A_PAGE = 200
USUAL_PAGE = 50

router = APIRouter(prefix="/biome-market", tags=["orders"])
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Wait: TypeAlias = Annotated[
    Literal["fill"] | None, Query(description="`fill`: answer when the order is decided, usually within half a second.")
]
IdempotencyKey: TypeAlias = Annotated[
    ClientOrderId | None, Header(description="The same as client_order_id, for clients that set it as a header.")
]
OrderId: TypeAlias = Annotated[
    str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="The order_id that placing it gave.")
]
_ORDER_REFUSALS: tuple[Kind, ...] = (
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    ACCOUNT_PENDING,
    *WRONG_BODY,
    IDEMPOTENCY_CONFLICT,
    LOG_UNAVAILABLE,
    DATABASE_UNAVAILABLE,
)
_PLACING: dict[str, Any] = {
    "status_code": status.HTTP_202_ACCEPTED,
    "responses": {
        200: {"model": Order, "description": "The order is decided already."},
        **refusals(*_ORDER_REFUSALS, rejected=True),
    },
}


@router.post("/buy", **_PLACING)
async def buy(
    *,
    order: Buy,
    who: PlayerWithAccount,
    services: ServicesDependency,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = None,
) -> Order:
    """Buy shares at the price of the next tick. Sent twice with one key, it happens once."""
    key = _key(order.client_order_id, idempotency_key)
    return await _place(services, who, key=key, terms=order.terms(), wait=wait is not None, response=response)


@router.post("/sell", **_PLACING)
async def sell(
    *,
    order: Sell,
    who: PlayerWithAccount,
    services: ServicesDependency,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = None,
) -> Order:
    """Sell shares at the price of the next tick. Sent twice with one key, it happens once."""
    key = _key(order.client_order_id, idempotency_key)
    return await _place(services, who, key=key, terms=order.terms(), wait=wait is not None, response=response)


@router.get(
    "/orders/{order_id}",
    responses=refusals(NOT_SIGNED_IN, SCOPE_MISSING, NOT_FOUND, INVALID, TICK_NOT_REACHED, DATABASE_UNAVAILABLE),
)
async def order(order_id: OrderId, who: Player, services: ServicesDependency, _told: ToldTick) -> Order:
    """One of the player's own orders."""
    found = await _find(services, who.player, order_id)
    if found is None:
        raise ProblemError(NOT_FOUND, "You have no order with this id.")
    return found


@router.get(
    "/transactions",
    responses=refusals(NOT_SIGNED_IN, SCOPE_MISSING, INVALID, TICK_NOT_REACHED, BUSY, DATABASE_UNAVAILABLE),
)
async def transactions(
    *,
    who: Player,
    services: ServicesDependency,
    filters: FiltersOfQuery,
    _told: ToldTick,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}\.[0-9]{1,9}$", description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = USUAL_PAGE,
) -> Transactions:
    """The player's decided orders, newest first. New ones do not shift the pages that follow."""
    async with services.history_turns.turn(), services.pool.connection() as connection:
        rows = await read_transactions(connection, who.player, filters, after=after, limit=limit + 1)
    page = rows[:limit]
    more = "{}.{}".format(*place_of_row(page[-1])) if len(rows) > limit else None
    return Transactions(items=[order_of_row(row) for row in page], next=more)


def _key(client_order_id: str | None, idempotency_key: str | None) -> str:
    if client_order_id is not None and idempotency_key is not None and client_order_id != idempotency_key:
        sentence = "client_order_id and Idempotency-Key are two names of one thing: give one, or give both the same."
        errors = [FieldProblem(field="header.Idempotency-Key", message=sentence)]
        raise ProblemError(INVALID, sentence, errors=errors)
    return client_order_id or idempotency_key or str(uuid4())


async def _place(services: Services, who: Caller, *, key: str, terms: Terms, wait: bool, response: Response) -> Order:
    recorded = await record(services.pool, player=who.player, client_order_id=key, terms=terms)
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
        response.status_code = HTTPStatus.ACCEPTED
        return pending_order(recorded.identity, terms)
    assert decided.tick is not None
    remember(response, decided.tick, secure=services.environment.cookie_secure)
    if decided.rejection is not None and wait:
        raise ProblemError(rejection_kind(decided.rejection.code), decided.rejection.detail, order=decided)
    response.status_code = HTTPStatus.OK
    return decided


async def _send(services: Services, who: Caller, recorded: Recorded, terms: Terms) -> None:
    try:
        offset = await send(services.writer, player=who.player, identity=recorded.identity, terms=terms)
    except LogUnavailableError:
        raise ProblemError(
            LOG_UNAVAILABLE,
            "Kafka did not acknowledge the order in time. Sending it again with the same client_order_id"
            f" ({recorded.identity.client_order_id}) is safe: it happens at most once.",
        ) from None
    log.info("order_sent", order_id=recorded.identity.order_id, player=who.player, offset=offset)


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
    found = await _find(services, player, order_id)
    return None if found is None or found.status is OrderStatus.PENDING else found


async def _find(services: Services, player: str, order_id: str) -> Order | None:
    async with services.pool.connection() as connection:
        for select in (SELECT_OUTCOMES, SELECT_REQUESTS):
            cursor = await connection.execute(
                select + " WHERE order_id = %s AND player = %s",
                (order_id, player),
            )
            row = await cursor.fetchone()
            if row is not None:
                return order_of_row(row)
    return None
