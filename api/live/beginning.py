"""What a stream begins with: what it missed, or a snapshot."""

from typing import NamedTuple

import structlog
from psycopg import OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout

from api.database import one_snapshot
from api.live.connection import Connection
from api.live.encoding import order_event, snapshot_event
from api.live.hub import HeldTick
from api.live.models import AccountEvent
from api.orders.documents import SELECT_OUTCOMES, order_of_row
from api.orders.models import Order
from api.portfolio.reading import account_event, read_account
from api.services import Services

FIRST_TICK_SECONDS = 30.0
HISTORY_SECONDS = 10.0
"""How long a stream waits for history before it ends, for the client to try again."""
LAST_ORDERS = 20
"""Orders in a snapshot."""
MOST_MISSED_ORDERS = 1_000
"""Order events that a stream gets from PostgreSQL after a long absence; more are found in `transactions`."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Private(NamedTuple):
    """What PostgreSQL knows of a player, as of one tick."""

    tick: int
    account: AccountEvent | None
    orders: list[Order]
    missed: list[Order]


_NOBODY = _Private(0, None, [], [])


async def begin(services: Services, connection: Connection, *, last_tick: int | None) -> None:
    """Send the beginning of a stream and release it; or close it, if that cannot be told yet."""
    newest = await services.hub.first_tick(seconds=FIRST_TICK_SECONDS)
    if newest is None:
        connection.close()
        return
    if last_tick is not None:
        # No await between the replay and the release, so that nothing falls between them.
        missed = services.hub.replay(last_tick, player=connection.player)
        if missed is not None:
            connection.release(missed, public_after=newest.tick.tick, private_after=newest.tick.tick)
            return
    await _begin_with_snapshot(services, connection, newest, last_tick=last_tick)


async def _begin_with_snapshot(
    services: Services, connection: Connection, newest: HeldTick, *, last_tick: int | None
) -> None:
    """Private rows as of at least the tick from which on the connection gathers events, so that no event is missing."""
    private: _Private | None = _NOBODY
    if connection.player is not None:
        private = await _read_private(services, connection.player, reach=newest.tick.tick, last_tick=last_tick)
    current = services.hub.newest
    if private is None or current is None:
        connection.close()
        return
    snapshot = snapshot_event(
        current.tick, current.hash, services.day_ago, account=private.account, orders=private.orders
    )
    missed = b"".join(order_event(order, tick=order.tick or 0) for order in private.missed)
    connection.release(missed + snapshot, public_after=current.tick.tick, private_after=private.tick)


async def _read_private(services: Services, player: str, *, reach: int, last_tick: int | None) -> _Private | None:
    if not await services.projected.reach(reach, seconds=HISTORY_SECONDS):
        log.warning("stream_waits_for_history", tick=reach, history_tick=services.projected.tick)
        return None
    try:
        async with one_snapshot(services.pool) as connection:
            read = await read_account(connection, player)
            cursor = await connection.execute(
                SELECT_OUTCOMES + " WHERE player = %s ORDER BY tick DESC, index DESC LIMIT %s",
                (player, LAST_ORDERS),
            )
            orders = [order_of_row(row) for row in await cursor.fetchall()]
            cursor = await connection.execute(
                SELECT_OUTCOMES + " WHERE player = %s AND tick >= %s ORDER BY tick DESC, index DESC LIMIT %s",
                (player, last_tick, MOST_MISSED_ORDERS),
            )
            missed = [order_of_row(row) for row in await cursor.fetchall()]
    except (OperationalError, PoolTimeout, UndefinedTable) as fault:
        log.warning("stream_waits_for_postgres", fault=str(fault).strip())
        return None
    return _Private(read.tick, account_event(read), orders, missed[::-1])
