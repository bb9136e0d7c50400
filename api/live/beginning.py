"""What a stream begins with: what it missed, or a snapshot."""

from typing import Any, NamedTuple

import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout

from api.database import one_snapshot
from api.live.connection import Connection
from api.live.encoding import STALE, order_event, snapshot_event
from api.live.event_ids import EventId
from api.live.models import AccountEvent
from api.orders.documents import SELECT_OUTCOMES, order_of_row, place_of_row
from api.orders.models import Order
from api.portfolio.reading import account_event, read_account
from api.services import Services
from api.told import MOST_AHEAD

FIRST_TICK_SECONDS = 30.0
AHEAD_SECONDS = 3.0
"""How long a stream waits for this process to see what its client saw through another one."""
HISTORY_SECONDS = 10.0
"""How long a stream waits for history before it ends, for the client to try again."""
LAST_ORDERS = 20
"""Orders in a snapshot."""
MISSED_ORDERS_AT_ONCE = 500
"""Order events from PostgreSQL that are in memory for one stream at a time: about 300 KB. Each page waits for its reader."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class _Private(NamedTuple):
    """What PostgreSQL knows of a player, as of one tick."""

    tick: int
    account: AccountEvent | None
    orders: list[Order]
    missed: list[bytes]


async def begin(services: Services, connection: Connection, *, after: EventId | None, resumes: bool) -> None:
    """Send the beginning of a stream and release it; or close it, if that cannot be told yet.

    ``after``: the event that the client has seen last; None with ``resumes``: it named one that is none of ours.
    """
    newest = await services.hub.first_tick(seconds=FIRST_TICK_SECONDS)
    if newest is None:
        connection.close()
        return
    if after is not None and await _is_seen_here(services, after):
        # No await between the replay and the release, so that nothing falls between them.
        missed, newest = services.hub.replay(after, player=connection.player), services.hub.newest
        if missed is not None and newest is not None:
            _release(services, connection, missed, public_after=newest.tick.tick, private_after=newest.tick.tick)
            return
    await _begin_with_snapshot(services, connection, after=after, resumes=resumes)


async def _is_seen_here(services: Services, after: EventId) -> bool:
    """Whether this process has seen the tick. Another one may be a little ahead of it; one far ahead is of another market."""
    newest = services.hub.newest
    if newest is None or after.tick > newest.tick.tick + MOST_AHEAD:
        return False
    return await services.hub.reach(after.tick, seconds=AHEAD_SECONDS)


async def _begin_with_snapshot(
    services: Services, connection: Connection, *, after: EventId | None, resumes: bool
) -> None:
    """All of it as of one tick, the one that PostgreSQL has: what comes after it is told by events. That tick is at least the one
    from which on the connection gathers events, so that no event is missing.
    """
    public = services.hub.newest
    assert public is not None
    private = _Private(public.tick.tick, None, [], [])
    if connection.player is not None:
        read = await _read_private(services, connection, connection.player, reach=public.tick.tick, after=after)
        if read is None or not await services.hub.reach(read.tick, seconds=HISTORY_SECONDS):
            connection.close()
            return
        # If so much has happened since that its tick is not held, the stream goes on after the older of the two.
        private, public = read, services.hub.held(read.tick) or services.hub.newest
        assert public is not None
    tick = public.tick.tick
    snapshot = snapshot_event(
        public.tick,
        public.hash,
        services.day_ago,
        account=private.account,
        orders=private.orders,
        seen=min(tick, private.tick),
        resumed=False if resumes else None,
        missed_from=after.first_missed if after is not None and after.tick <= tick else None,
    )
    first = b"".join((*private.missed, snapshot))
    _release(services, connection, first, public_after=tick, private_after=private.tick)


def _release(
    services: Services, connection: Connection, first: bytes, *, public_after: int, private_after: int
) -> None:
    first += STALE if services.hub.is_stale else b""
    connection.release(first, public_after=public_after, private_after=private_after)


async def _read_private(
    services: Services, stream: Connection, player: str, *, reach: int, after: EventId | None
) -> _Private | None:
    """What a snapshot says of the player, after all orders but the last ones that the stream missed were sent."""
    if not await services.projected.reach(reach, seconds=HISTORY_SECONDS):
        log.warning("stream_waits_for_history", tick=reach, history_tick=services.projected.tick)
        return None
    try:
        while not stream.closed.is_set():
            async with one_snapshot(services.pool) as connection:
                missed = [] if after is None else await _missed_orders(connection, player, after)
                if len(missed) < MISSED_ORDERS_AT_ONCE:
                    return await _as_of_now(connection, player, [event for _, event in missed])
            await stream.write(b"".join(event for _, event in missed))
            after = missed[-1][0]
    except (OperationalError, PoolTimeout, UndefinedTable) as fault:
        log.warning("stream_waits_for_postgres", fault=str(fault).strip())
    return None


async def _as_of_now(connection: AsyncConnection[Any], player: str, missed: list[bytes]) -> _Private:
    read = await read_account(connection, player)
    cursor = await connection.execute(
        SELECT_OUTCOMES + " WHERE player = %s ORDER BY tick DESC, index DESC LIMIT %s",
        (player, LAST_ORDERS),
    )
    orders = [order_of_row(row) for row in await cursor.fetchall()]
    return _Private(read.tick, account_event(read), orders, missed)


async def _missed_orders(connection: AsyncConnection[Any], player: str, after: EventId) -> list[tuple[EventId, bytes]]:
    """The player's next outcomes after an event, oldest first."""
    cursor = await connection.execute(
        SELECT_OUTCOMES + " WHERE player = %s AND (tick, index) > (%s, %s) ORDER BY tick, index LIMIT %s",
        (player, *after, MISSED_ORDERS_AT_ONCE),
    )
    rows = [(EventId(*place_of_row(row)), order_of_row(row)) for row in await cursor.fetchall()]
    return [(at, order_event(order, at=at)) for at, order in rows]
