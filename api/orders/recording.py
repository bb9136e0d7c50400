"""Taking an order: recorded before it is produced, so that any number of retries have one effect."""

import hashlib
from typing import Any, NamedTuple

import msgspec
from psycopg import AsyncConnection

from api.database import Pool
from api.gathered import Gathered
from api.orders.documents import SELECT_OUTCOMES, Identity, order_of_row
from api.orders.models import Order, Terms
from api.orders.sending import order_id_of
from api.request_ids import current_request_id
from schemas.units import Millis

LONGEST_DEADLINE_MS = 10_000
"""What ``MarketSettings.deadline_ms`` allows at most: after it the market would reject the order EXPIRED."""
LOST_AFTER_MS = 20_000
"""An order that history has not seen decided, although it is this much further, never reached the log: twice the deadline,
since a write may be acknowledged late."""


_json = msgspec.json.Encoder()


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


class _Request(msgspec.Struct, frozen=True):
    """A row of ``order_requests`` without its time, as PostgreSQL reads it from JSON: all rows in one parameter, since an array for
    each column takes twice the processor time.
    """

    order_id: str
    player: str
    client_order_id: str
    digest: str
    """As PostgreSQL writes bytes."""
    biome: str
    kind: str
    quantity: int
    limit_price: int | None
    max_pay: int | None
    request_id: str | None


_COLUMNS = ", ".join(_Request.__struct_fields__)
# In the order of their ids: replicas that record the same orders would wait for each other in a circle otherwise.
_RECORD = f"""
INSERT INTO order_requests ({_COLUMNS}, placed_at_ms)
SELECT {_COLUMNS}, (extract(epoch FROM clock_timestamp()) * 1000)::bigint
FROM json_populate_recordset(NULL::order_requests, %s)
ORDER BY order_id
ON CONFLICT (order_id) DO NOTHING
RETURNING order_id, placed_at_ms
"""  # noqa: S608 - constants
_FIRST_REQUEST = """
SELECT digest, placed_at_ms, request_id, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - placed_at_ms,
    coalesce((SELECT closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1), 0) - placed_at_ms
FROM order_requests WHERE order_id = %s
"""


def digest_of(terms: Terms) -> bytes:
    """SHA-256 over the terms in micro units: "1.0" and "1.00" are the same order."""
    return hashlib.sha256(repr([str(term) for term in terms]).encode()).digest()


class OrderRecorder:
    """Records the orders of one process, those of concurrent requests together."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._rows: Gathered[_Request, Millis | None] = Gathered(self._insert)

    async def record(self, *, player: str, client_order_id: str, terms: Terms) -> Recorded | KeyReused:
        """Write down the order, or find what was written down under its key."""
        request_id = current_request_id()
        order_id = order_id_of(player, client_order_id)
        digest = digest_of(terms)
        row = _Request(
            order_id=order_id,
            player=player,
            client_order_id=client_order_id,
            digest=f"\\x{digest.hex()}",
            biome=terms.biome.value,
            kind=terms.kind.value,
            quantity=terms.quantity,
            limit_price=terms.limit,
            max_pay=terms.max_pay,
            request_id=request_id,
        )
        placed_at = await self._rows.ask(row)
        if placed_at is not None:
            identity = Identity(order_id, client_order_id, placed_at, request_id)
            return Recorded(identity, None, is_new=True, may_be_sent=True)
        async with self._pool.connection() as connection:
            return await _recorded_before(connection, order_id, client_order_id, digest)

    async def _insert(self, rows: list[_Request]) -> list[Millis | None]:
        """When each was recorded; None for one whose order was recorded before."""
        # Of two rows for one order, the first is recorded.
        first = {row.order_id: row for row in reversed(rows)}
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_RECORD, (_json.encode(list(first.values())).decode(),))
            recorded = dict(await cursor.fetchall())
        return [recorded.pop(row.order_id, None) for row in rows]


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
