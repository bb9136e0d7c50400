"""Every order has exactly one outcome (law 11).

One that was recorded and never reached the log is sent late, and the market rejects it EXPIRED.
"""

from typing import Any

import structlog

from api.database import Pool
from api.log_writer import LogWriter
from api.orders.documents import Identity
from api.orders.models import Terms
from api.orders.recording import LOST_AFTER_MS
from api.orders.sending import send
from api.outbox import Outbox, keep_sending
from schemas.biomes import Biome
from schemas.messages.market_inputs import OrderKind

EVERY_SECONDS = 2.0
AGAIN_AFTER_SECONDS = 30

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Judged by history's time, not by the clock: while history is behind, an undecided order may just not be projected yet.
_CLAIM = """
UPDATE order_requests SET sent_at = clock_timestamp() WHERE order_id IN (
    SELECT order_id FROM order_requests
    WHERE NOT decided
        AND placed_at_ms <= (SELECT closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1) - %s
        AND (sent_at IS NULL OR sent_at < clock_timestamp() - make_interval(secs => %s))
    ORDER BY placed_at_ms LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING player, order_id, client_order_id, placed_at_ms, biome, kind, quantity, limit_price, max_pay
"""


async def send_lost_orders(pool: Pool, writer: LogWriter) -> None:
    """Look for lost orders until cancelled."""

    async def send_again(row: tuple[Any, ...]) -> None:
        player, order_id, client_order_id, placed_at, biome, kind, *amounts = row
        terms = Terms(Biome(biome), OrderKind(kind), *amounts)
        identity = Identity(order_id, client_order_id, placed_at)
        offset = await send(writer, player=player, identity=identity, terms=terms)
        log.warning("lost_order_sent", order_id=order_id, player=player, offset=offset)

    await keep_sending(
        pool, Outbox("lost_orders", _CLAIM, (LOST_AFTER_MS, AGAIN_AFTER_SECONDS), send_again, EVERY_SECONDS)
    )
