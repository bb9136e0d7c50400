"""Placing orders and looking at them."""

from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Header, Path, Query, Response, status

from api.auth.account import PlayerWithAccount
from api.auth.identity import Player
from api.orders.documents import order_of_row, place_of_row
from api.orders.models import Buy, ClientOrderId, Order, Sell, Transactions
from api.orders.placement import place
from api.orders.transactions import FiltersOfQuery, find_order, read_transactions
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
    Kind,
    ProblemError,
    refusals,
)
from api.services import ServicesDependency
from api.told import ToldTick

MOST_A_PAGE = 200
USUAL_PAGE = 50

router = APIRouter(prefix="/biome-market", tags=["orders"])

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
    "methods": ["POST"],
    "status_code": status.HTTP_202_ACCEPTED,
    "response_model": Order,
    "responses": {
        200: {"model": Order, "description": "The order is decided already."},
        **refusals(*_ORDER_REFUSALS, rejected=True),
    },
}


async def buy(
    *,
    order: Buy,
    who: PlayerWithAccount,
    services: ServicesDependency,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = None,
) -> Response:
    """Buy shares at the price of the next tick. Sent twice with one key, it happens once."""
    return await place(services, who, order, idempotency_key=idempotency_key, wait=wait is not None)


async def sell(
    *,
    order: Sell,
    who: PlayerWithAccount,
    services: ServicesDependency,
    idempotency_key: IdempotencyKey = None,
    wait: Wait = None,
) -> Response:
    """Sell shares at the price of the next tick. Sent twice with one key, it happens once."""
    return await place(services, who, order, idempotency_key=idempotency_key, wait=wait is not None)


router.add_api_route("/buy", buy, **_PLACING)
router.add_api_route("/sell", sell, **_PLACING)


@router.get(
    "/orders/{order_id}",
    responses=refusals(NOT_SIGNED_IN, SCOPE_MISSING, NOT_FOUND, INVALID, TICK_NOT_REACHED, DATABASE_UNAVAILABLE),
)
async def order(order_id: OrderId, who: Player, services: ServicesDependency, _told: ToldTick) -> Order:
    """One of the player's own orders."""
    found = await find_order(services.pool, who.player, order_id)
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
