"""Taking an order: recorded before it is produced, so that any number of retries have one effect."""

import hashlib
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from psycopg import AsyncConnection

from api.database import Pool
from api.log_writer import LogWriter
from api.orders.documents import SELECT_OUTCOMES, Identity, order_of_row
from api.orders.models import Order, Terms
from api.request_ids import current_request_id
from schemas.messages.market_inputs import PlaceOrder
from schemas.topics import MARKET_INPUTS
from schemas.units import Millis

LONGEST_DEADLINE_MS = 10_000
"""What ``MarketSettings.deadline_ms`` allows at most: after it the market would reject the order EXPIRED."""
LOST_AFTER_MS = 20_000
"""An order that history has not seen decided, although it is this much further, never reached the log: twice the deadline,
since a write may be acknowledged late."""


class Recorded(NamedTuple):
    """The order as this replica, or an earlier request, recorded it."""

    identity: Identity
    outcome: Order | None
    is_new: bool
    """False: it was recorded before, so its outcome may be anywhere by now."""
    may_be_sent: bool
    """True: sending it (again) has one effect. Within the deadline the market knows a duplicate; long after it, when
    history shows that it never arrived, the market decides it EXPIRED. Between the two it is left alone."""


class KeyReused(NamedTuple):
    """The key was used before, for an order with other terms."""

    client_order_id: str


_RECORD = """
INSERT INTO order_requests
    (order_id, player, client_order_id, digest, biome, kind, quantity, limit_price, max_pay, request_id, placed_at_ms)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
ON CONFLICT (order_id) DO NOTHING
RETURNING placed_at_ms
"""
_FIRST_REQUEST = """
SELECT digest, placed_at_ms, request_id, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - placed_at_ms,
    coalesce((SELECT closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1), 0) - placed_at_ms
FROM order_requests WHERE order_id = %s
"""


def order_id_of(player: str, client_order_id: str) -> str:
    """The same player and key give the same order, through any replica, at any time."""
    return str(uuid5(UUID(player), client_order_id))


def digest_of(terms: Terms) -> bytes:
    """SHA-256 over the terms in micro units: "1.0" and "1.00" are the same order."""
    return hashlib.sha256(repr([str(term) for term in terms]).encode()).digest()


async def record(pool: Pool, *, player: str, client_order_id: str, terms: Terms) -> Recorded | KeyReused:
    """Write down the order, or find what was written down under its key."""
    request_id = current_request_id()
    order_id = order_id_of(player, client_order_id)
    digest = digest_of(terms)
    row = (order_id, player, client_order_id, digest, terms.biome.value, terms.kind.value, *terms[2:], request_id)
    async with pool.connection() as connection:
        cursor = await connection.execute(_RECORD, row)
        new = await cursor.fetchone()
        if new is not None:
            return Recorded(
                Identity(order_id, client_order_id, new[0], request_id), None, is_new=True, may_be_sent=True
            )
        return await _recorded_before(connection, order_id, client_order_id, digest)


async def _recorded_before(
    connection: AsyncConnection[Any], order_id: str, client_order_id: str, digest: bytes
) -> Recorded | KeyReused:
    cursor = await connection.execute(_FIRST_REQUEST, (order_id,))
    first = await cursor.fetchone()
    assert first is not None
    first_digest, placed_at, request_id, age, history_is_past_it_by = first
    if bytes(first_digest) != digest:
        return KeyReused(client_order_id)
    cursor = await connection.execute(SELECT_OUTCOMES + " WHERE order_id = %s", (order_id,))
    outcome = await cursor.fetchone()
    return Recorded(
        Identity(order_id, client_order_id, placed_at, request_id),
        None if outcome is None else order_of_row(outcome),
        is_new=False,
        may_be_sent=age <= LONGEST_DEADLINE_MS or history_is_past_it_by >= LOST_AFTER_MS,
    )


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
