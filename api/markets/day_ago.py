"""What each price was a day ago, kept in memory and refreshed every few seconds."""

import asyncio

import structlog
from psycopg import OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout

from api.database import Pool
from schemas.biomes import BIOMES, Biome
from schemas.units import PriceMicro

DAY_MS = 86_400_000
REFRESH_SECONDS = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# The newest tick that is a day old; in a younger market, the first tick.
_PRICES = """
SELECT biome, price FROM prices
WHERE biome = ANY(%(biomes)s) AND tick = (
    SELECT coalesce(
        (SELECT tick FROM ticks WHERE closed_at_ms <= newest.closed_at_ms - %(day)s ORDER BY closed_at_ms DESC LIMIT 1),
        (SELECT min(tick) FROM ticks)
    )
    FROM (SELECT closed_at_ms FROM ticks ORDER BY tick DESC LIMIT 1) AS newest
)
"""


class DayAgoPrices:
    """The base of ``change_24h_pct``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._prices: dict[Biome, PriceMicro] = {}

    def change_pct(self, biome: Biome, price: PriceMicro) -> str | None:
        """Change in per cent with two decimals, rounded half up; None while the price of a day ago is not known."""
        before = self._prices.get(biome)
        if not before:
            return None
        hundredths = (2 * (price - before) * 10_000 + before) // (2 * before)
        whole, decimals = divmod(abs(hundredths), 100)
        return f"{'-' if hundredths < 0 else ''}{whole}.{decimals:02d}"

    async def run(self) -> None:
        """Refresh until cancelled. While PostgreSQL is away the last known prices stay."""
        while True:
            try:
                await self._refresh()
            except (OperationalError, PoolTimeout, UndefinedTable) as fault:
                log.warning("day_ago_prices_not_refreshed", fault=str(fault).strip())
            await asyncio.sleep(REFRESH_SECONDS)

    async def _refresh(self) -> None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_PRICES, {"biomes": [biome.value for biome in BIOMES], "day": DAY_MS})
            self._prices = {Biome(biome): price for biome, price in await cursor.fetchall()}
