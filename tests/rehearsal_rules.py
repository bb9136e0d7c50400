"""A second version of the rules, to rehearse a switch with: the fee is one basis point higher, and an order without a
client order id is not understood.
"""

import msgspec

from schemas.decoding import Undecodable, decode_market_input
from schemas.messages.dead_letters import DeadReason
from schemas.messages.market_inputs import MarketInput, MarketSettings, PlaceOrder
from schemas.rejections import Rejection
from schemas.units import MicroBdt
from streams.market.core.filling import Fill, FrozenMarket, fill
from streams.market.core.redistribution import redistribute
from streams.market.core.rules import RULES, Rules

REHEARSED = 2


def rehearse() -> None:
    """Let this process know the second version."""
    RULES[REHEARSED] = Rules(_decode, redistribute, _fill)


def _decode(value: bytes | None) -> MarketInput | Undecodable:
    message = decode_market_input(value)
    if isinstance(message, PlaceOrder) and message.client_order_id is None:
        return Undecodable(DeadReason.INVALID, "A client order id is wanted.")
    return message


def _fill(
    order: PlaceOrder, market: FrozenMarket, settings: MarketSettings, *, already_traded: MicroBdt
) -> Fill | Rejection:
    dearer = msgspec.structs.replace(settings, fee_bp=settings.fee_bp + 1)
    return fill(order, market, dearer, already_traded=already_traded)
