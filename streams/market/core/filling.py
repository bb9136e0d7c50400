"""What an order fills with at the tick's price, or the first reason why it does not.

All orders of a tick see the same frozen cash and shares (law 5). Rounding never favours the trader (law 6): shares bought
and proceeds are rounded down, costs and fees up. The fee lives here: on top of a buy, off the proceeds of a sale.
"""

from typing import NamedTuple

from schemas.messages.market_inputs import MarketSettings, OrderKind, PlaceOrder
from schemas.rejections import Rejection
from schemas.units import BASIS_POINTS, MICRO, MicroBdt, MicroShares, ceil_div


class FrozenMarket(NamedTuple):
    """One biome after the tick's redistribution and before its trades: what every order of the tick is decided at."""

    cash: MicroBdt
    shares: MicroShares


class Fill(NamedTuple):
    """What moves between player, market and house. All amounts are positive; the side says which way they go."""

    cash: MicroBdt
    """Between player and market, without the fee."""
    shares: MicroShares
    fee: MicroBdt


def fill(
    order: PlaceOrder, market: FrozenMarket, settings: MarketSettings, *, already_traded: MicroBdt
) -> Fill | Rejection:
    """The fill of one order, its player's balances left aside. Checks in the order of ``schemas.rejections``.

    ``already_traded``: micro-BDT, without fees, of the player's earlier fills in this biome and tick: the largest order
    is for all of them together.
    """
    if order.quantity == 0:
        return Rejection.INVALID_QUANTITY
    room = market.cash * settings.largest_order_bp // BASIS_POINTS - already_traded
    if order.kind is OrderKind.SELL_SHARES:
        return _sale(order, market, settings, room=room)
    return _purchase(order, market, settings, room=room)


def _purchase(  # noqa: PLR0911 -- one return a reason, in the order of the reasons
    order: PlaceOrder, market: FrozenMarket, settings: MarketSettings, *, room: MicroBdt
) -> Fill | Rejection:
    cash_micro = market.cash * MICRO
    if cash_micro < settings.smallest_price * market.shares:
        return Rejection.PRICE_TOO_LOW
    if order.limit is not None and cash_micro > order.limit * market.shares:
        return Rejection.LIMIT_NOT_MET
    if order.kind is OrderKind.BUY_CASH:
        cost, shares = order.quantity, order.quantity * market.shares // market.cash
    else:
        cost, shares = ceil_div(order.quantity * market.cash, market.shares), order.quantity
    if cost < settings.smallest_buy:
        return Rejection.ORDER_TOO_SMALL
    if cost > room:
        return Rejection.ORDER_TOO_LARGE
    if shares == 0:
        return Rejection.NOTHING_TO_FILL
    fee = _fee(cost, settings)
    if order.max_pay is not None and cost + fee > order.max_pay:
        return Rejection.MAX_PAY_EXCEEDED
    return Fill(cost, shares, fee)


def _sale(order: PlaceOrder, market: FrozenMarket, settings: MarketSettings, *, room: MicroBdt) -> Fill | Rejection:
    if order.limit is not None and market.cash * MICRO < order.limit * market.shares:
        return Rejection.LIMIT_NOT_MET
    proceeds = order.quantity * market.cash // market.shares
    if proceeds > room:
        return Rejection.ORDER_TOO_LARGE
    fee = _fee(proceeds, settings)
    if proceeds <= fee:
        return Rejection.NOTHING_TO_FILL
    return Fill(proceeds, order.quantity, fee)


def _fee(amount: MicroBdt, settings: MarketSettings) -> MicroBdt:
    return ceil_div(amount * settings.fee_bp, BASIS_POINTS)
