"""Opening accounts: sent until history has seen them open, by any replica."""

from typing import Any

import structlog

from api.database import Pool
from api.log_writer import LogWriter
from api.outbox import Outbox, keep_sending
from schemas.messages.market_inputs import OpenAccount
from schemas.topics import MARKET_INPUTS
from schemas.units import MicroBdt

EVERY_SECONDS = 1.0
AGAIN_AFTER_SECONDS = 5
"""An opening usually takes half a second. Sent again it changes nothing, so this is only about noise."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

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

    async def send(row: tuple[Any, ...]) -> None:
        player, grant = row
        await send_opening(writer, player=player, grant=grant)

    await keep_sending(pool, Outbox("account_openings", _CLAIM, (AGAIN_AFTER_SECONDS,), send, EVERY_SECONDS))
