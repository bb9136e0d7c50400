"""The order that reaches the log: its identity, and the message that the market takes."""

from uuid import UUID, uuid5

from api.log_writer import LogWriter
from api.orders.documents import Identity
from api.orders.models import Terms
from schemas.messages.market_inputs import PlaceOrder
from schemas.topics import MARKET_INPUTS
from schemas.units import Millis


def order_id_of(player: str, client_order_id: str) -> str:
    """The same player and key give the same order, through any replica, at any time."""
    return str(uuid5(UUID(player), client_order_id))


async def send(writer: LogWriter, *, player: str, identity: Identity, terms: Terms) -> int:
    """Produce the order, with the time at which it was first recorded. Its offset.

    Raises:
        LogUnavailableError: no acknowledgement. It may be in the log or not: a retry with the same key is safe.
    """
    message = message_of(player=player, identity=identity, terms=terms)
    return await writer.write(MARKET_INPUTS, player=player, message=message)


def message_of(*, player: str, identity: Identity, terms: Terms) -> PlaceOrder:
    """The order as the market takes it."""
    placed_at: Millis = identity.placed_at
    return PlaceOrder(
        v=1,
        order_id=identity.order_id,
        player=player,
        biome=terms.biome,
        kind=terms.kind,
        quantity=terms.quantity,
        limit=terms.limit,
        max_pay=terms.max_pay,
        placed_at=placed_at,
        client_order_id=identity.client_order_id,
    )
