"""Outboxes: rows of PostgreSQL that have to reach Kafka, sent by any replica until they need it no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog
from psycopg import OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout

from api.database import Pool
from api.log_writer import LogUnavailableError

MOST_AT_ONCE = 100
"""Rows claimed together. What is left comes with the next round."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Outbox(NamedTuple):
    """What is sent, and how often."""

    name: str
    claim: str
    """A statement that marks rows as sent now, by SKIP LOCKED since replicas share the work, and returns them."""
    parameters: tuple[int, ...]
    """Of the claim. MOST_AT_ONCE follows them as its last one, the limit."""
    send: Callable[[tuple[Any, ...]], Awaitable[None]]
    """Sends one row. It may be sent many times, and has to count once."""
    every_seconds: float


async def keep_sending(pool: Pool, outbox: Outbox) -> None:
    """Send what waits, until cancelled. What could not be sent is claimed again later."""
    while True:
        try:
            async with pool.connection() as connection:
                cursor = await connection.execute(outbox.claim, (*outbox.parameters, MOST_AT_ONCE))
                claimed = await cursor.fetchall()
            for row in claimed:
                await outbox.send(row)
        except (OperationalError, PoolTimeout, UndefinedTable, LogUnavailableError) as fault:
            log.warning("outbox_not_sent", outbox=outbox.name, fault=repr(fault))
        await asyncio.sleep(outbox.every_seconds)
