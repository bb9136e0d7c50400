"""Tries that are bounded across all replicas, in PostgreSQL: passwords and registrations.

Each key has a store of tries that fills up evenly (the generic cell rate algorithm): one row and one statement a try, so two
replicas cannot both spend the last one.
"""

import asyncio
import hashlib
from typing import NamedTuple

import structlog
from psycopg import OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout

from api.database import Pool

CLEANING_SECONDS = 600.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Throttle(NamedTuple):
    """So many tries at once, and as many again spread over the time."""

    name: str
    tries: int
    seconds: float

    @property
    def interval(self) -> float:
        """Seconds after which one more try is there."""
        return self.seconds / self.tries


_TAKE = """
INSERT INTO throttles AS throttle (key, spent_until)
VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(interval)s))
ON CONFLICT (key) DO UPDATE
SET spent_until = greatest(throttle.spent_until, clock_timestamp()) + make_interval(secs => %(interval)s)
WHERE throttle.spent_until + make_interval(secs => %(interval)s) <= clock_timestamp() + make_interval(secs => %(seconds)s)
RETURNING 1
"""
_WAIT = """
SELECT extract(epoch FROM spent_until + make_interval(secs => %(interval)s)
    - clock_timestamp() - make_interval(secs => %(seconds)s))::float8
FROM throttles WHERE key = %(key)s
"""
_GIVE_BACK = "UPDATE throttles SET spent_until = spent_until - make_interval(secs => %(interval)s) WHERE key = %(key)s"


async def take(pool: Pool, throttle: Throttle, *of: str) -> float | None:
    """Spend a try. None: go on. Else the seconds after which there is another one."""
    parameters = _parameters(throttle, of)
    async with pool.connection() as connection:
        cursor = await connection.execute(_TAKE, parameters)
        if await cursor.fetchone() is not None:
            return None
        cursor = await connection.execute(_WAIT, parameters)
        row = await cursor.fetchone()
    return 0.0 if row is None else max(0.0, float(row[0]))


async def give_back(pool: Pool, throttle: Throttle, *of: str) -> None:
    """It was no try after all."""
    async with pool.connection() as connection:
        await connection.execute(_GIVE_BACK, _parameters(throttle, of))


async def remove_full(pool: Pool) -> None:
    """Remove rows that have all their tries again, until cancelled."""
    while True:
        await asyncio.sleep(CLEANING_SECONDS)
        try:
            async with pool.connection() as connection:
                await connection.execute("DELETE FROM throttles WHERE spent_until < clock_timestamp()")
        except (OperationalError, PoolTimeout, UndefinedTable) as fault:
            log.warning("throttles_not_cleaned", fault=str(fault).strip())


def _parameters(throttle: Throttle, of: tuple[str, ...]) -> dict[str, object]:
    """A row's key is a hash: what was typed as a name may have been a password."""
    key = hashlib.sha256("\0".join((throttle.name, *of)).encode(errors="surrogatepass")).digest()
    return {"key": key, "interval": throttle.interval, "seconds": throttle.seconds}
