"""Orders as documents: from the market's outcome, from history's row, or from a request that has no outcome yet."""

from typing import Any, NamedTuple

from api.amounts import instant
from api.orders.models import Order, Ordered, OrderRejection, OrderStatus, Side, Terms
from schemas.biomes import Biome
from schemas.messages.market_inputs import OrderKind
from schemas.messages.trade_events import Filled, OrderTerms, Rejected
from schemas.rejections import Rejection
from schemas.units import MicroBdt, MicroShares, Millis, PriceMicro, format_amount

_IDENTITY_AND_TERMS = "order_id, client_order_id, placed_at_ms, biome, kind, quantity, limit_price, max_pay"
SELECT_OUTCOMES = (
    f"SELECT {_IDENTITY_AND_TERMS}, (SELECT request_id FROM order_requests WHERE order_requests.order_id = orders.order_id),"  # noqa: S608 - constants
    " status, tick, price, shares, cash, fee, code, detail, index FROM orders"
)
"""The columns that ``order_of_row`` takes; a condition follows."""
SELECT_REQUESTS = f"SELECT {_IDENTITY_AND_TERMS}, request_id FROM order_requests"  # noqa: S608 - constants
"""The same for orders that may have no outcome yet."""


class Identity(NamedTuple):
    """What names an order."""

    order_id: str
    client_order_id: str | None
    placed_at: Millis
    request_id: str | None = None
    """Of the request that placed it first."""


class Fill(NamedTuple):
    """What a filled order moved."""

    price: PriceMicro
    shares: MicroShares
    cash: MicroBdt
    fee: MicroBdt


def pending_order(identity: Identity, terms: Terms) -> Order:
    """An order that is not decided yet."""
    return _order(identity, terms, OrderStatus.PENDING)


def order_of_event(event: Filled | Rejected, *, request_id: str | None) -> Order:
    """An order with the outcome that the market gave it."""
    order = event.order
    identity = Identity(order.order_id, order.client_order_id, order.placed_at, request_id)
    if isinstance(event, Filled):
        fill = Fill(int(event.price), int(event.shares), int(event.cash), int(event.fee))
        return _order(identity, _terms(order), OrderStatus.FILLED, tick=event.tick, fill=fill)
    rejection = OrderRejection(code=event.code, detail=event.detail)
    return _order(identity, _terms(order), OrderStatus.REJECTED, tick=event.tick, rejection=rejection)


def order_of_row(row: tuple[Any, ...]) -> Order:
    """An order from ``SELECT_OUTCOMES`` or ``SELECT_REQUESTS``."""
    order_id, client_order_id, placed_at, biome, kind, quantity, limit, max_pay, request_id, *outcome = row
    identity = Identity(order_id, client_order_id, placed_at, request_id)
    terms = Terms(Biome(biome), OrderKind(kind), quantity, limit, max_pay)
    if not outcome:
        return pending_order(identity, terms)
    status, tick, price, shares, cash, fee, code, detail, _index = outcome
    if status == OrderStatus.FILLED:
        return _order(identity, terms, OrderStatus.FILLED, tick=tick, fill=Fill(price, shares, cash, fee))
    rejection = OrderRejection(code=Rejection(code), detail=detail)
    return _order(identity, terms, OrderStatus.REJECTED, tick=tick, rejection=rejection)


def place_of_row(row: tuple[Any, ...]) -> tuple[int, int]:
    """Where an outcome stands among all: tick and number of the event."""
    tick, index = row[10], row[-1]
    return tick, index


def _terms(order: OrderTerms) -> Terms:
    return Terms(
        order.biome,
        order.kind,
        int(order.quantity),
        None if order.limit is None else int(order.limit),
        None if order.max_pay is None else int(order.max_pay),
    )


def _order(
    identity: Identity,
    terms: Terms,
    status: OrderStatus,
    *,
    tick: int | None = None,
    fill: Fill | None = None,
    rejection: OrderRejection | None = None,
) -> Order:
    return Order(
        order_id=identity.order_id,
        client_order_id=identity.client_order_id,
        biome=terms.biome,
        side=Side.SELL if terms.kind is OrderKind.SELL_SHARES else Side.BUY,
        status=status,
        tick=tick,
        shares=fill and format_amount(fill.shares),
        price_bdt=fill and format_amount(fill.price),
        cash_bdt=fill and format_amount(fill.cash),
        fee_bdt=fill and format_amount(fill.fee),
        rejection=rejection,
        placed_at=instant(identity.placed_at),
        request_id=identity.request_id,
        ordered=_ordered(terms),
    )


def _ordered(terms: Terms) -> Ordered:
    quantity = format_amount(terms.quantity)
    by_cash = terms.kind is OrderKind.BUY_CASH
    return Ordered(
        amount_bdt=quantity if by_cash else None,
        shares=None if by_cash else quantity,
        max_pay_bdt=None if terms.max_pay is None else format_amount(terms.max_pay),
        limit_price_bdt=None if terms.limit is None else format_amount(terms.limit),
    )
