"""Which request each order came with, for the stream: the outcome on trade.events does not say, since a log is folded to the
same bytes whoever asked (docs/decisions/0015).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog
from psycopg import Error
from psycopg_pool import PoolTimeout

from api.database import Pool

MOST_REMEMBERED = 50_000
"""Orders that this process took, until their outcomes come: far more than a deadline's worth. About 10 MB."""
LOOK_UP_SECONDS = 0.1
"""Longest that a tick's events wait for PostgreSQL to tell of orders that another replica took."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Origins:
    """Remembers the orders of this process, and asks PostgreSQL about the others'."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._taken: OrderedDict[str, str] = OrderedDict()

    def note(self, order_id: str, request_id: str) -> None:
        """An order was taken here."""
        self._taken[order_id] = request_id
        if len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)

    async def of(self, order_ids: Sequence[str]) -> dict[str, str]:
        """The requests of orders, as far as they are known: a stream does not wait for more than that."""
        found = {order_id: self._taken[order_id] for order_id in order_ids if order_id in self._taken}
        unknown = [order_id for order_id in order_ids if order_id not in found]
        return found | await self._look_up(unknown) if unknown else found

    async def _look_up(self, order_ids: list[str]) -> dict[str, str]:
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS), self._pool.connection(LOOK_UP_SECONDS) as connection:
                cursor = await connection.execute(
                    "SELECT order_id, request_id FROM order_requests WHERE order_id = ANY(%s) AND request_id IS NOT NULL",
                    (order_ids,),
                )
                return dict(await cursor.fetchall())
        except (Error, PoolTimeout, TimeoutError) as fault:
            log.debug("requests_of_orders_not_known", orders=len(order_ids), fault=repr(fault))
            return {}
