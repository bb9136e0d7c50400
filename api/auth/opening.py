"""Opening accounts: sent until history has seen them open, by any replica."""

import asyncio

import structlog
from psycopg import OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout

from api.database import Pool
from api.log_writer import LogUnavailableError, LogWriter
from schemas.messages.market_inputs import OpenAccount
from schemas.topics import MARKET_INPUTS
from schemas.units import MicroBdt

EVERY_SECONDS = 1.0
AGAIN_AFTER_SECONDS = 5
"""An opening usually takes half a second. Sent again it changes nothing, so this is only about noise."""
MOST_AT_ONCE = 100

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# SKIP LOCKED: replicas share the work.
_CLAIM = """
UPDATE account_openings SET sent_at = clock_timestamp() WHERE player IN (
    SELECT player FROM account_openings
    WHERE sent_at IS NULL OR sent_at < clock_timestamp() - make_interval(secs => %s)
    ORDER BY sent_at NULLS FIRST LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING player::text, grant_micro
"""


async def send_opening(writer: LogWriter, *, player: str, grant: MicroBdt) -> None:
    """Ask the market to open an account. The market opens it once, however often it is asked.

    Raises:
        LogUnavailableError: Kafka did not acknowledge; the outbox will ask again.
    """
    offset = await writer.write(MARKET_INPUTS, player=player, message=OpenAccount(v=1, player=player, grant=grant))
    log.info("account_opening_sent", player=player, offset=offset)


async def send_openings(pool: Pool, writer: LogWriter) -> None:
    """Send what is still not open, until cancelled."""
    while True:
        try:
            async with pool.connection() as connection:
                cursor = await connection.execute(_CLAIM, (AGAIN_AFTER_SECONDS, MOST_AT_ONCE))
                claimed = await cursor.fetchall()
            for player, grant in claimed:
                await send_opening(writer, player=player, grant=grant)
        except (OperationalError, PoolTimeout, UndefinedTable, LogUnavailableError) as fault:
            log.warning("account_openings_not_sent", fault=repr(fault))
        await asyncio.sleep(EVERY_SECONDS)
