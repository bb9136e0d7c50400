"""What PostgreSQL's NOTIFY tells: how far history is (what "at least tick N" waits for), and whose rights have changed."""

import asyncio
from typing import Protocol

import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import UndefinedTable

from api.auth.callers import RIGHTS_CHANNEL
from api.database import CONNECT_TIMEOUT_SECONDS
from schemas.environment import Environment
from streams.history.projection import TICK_CHANNEL

RETRY_SECONDS = 1.0
CHECK_SECONDS = 5.0
"""How often the connection has to show that PostgreSQL is still there: one that a firewall forgot, or whose server froze, is silent."""
ANSWER_SECONDS = 3.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Rights(Protocol):
    """Who has to know."""

    def rights_changed(self, player: str) -> None: ...

    def rights_may_have_changed(self) -> None: ...


class ProjectedTick:
    """The newest tick in PostgreSQL, followed on one connection of its own."""

    def __init__(self, environment: Environment, *, rights: Rights) -> None:
        self._rights = rights
        self._database_url = environment.database_url.get_secret_value()
        self._advanced = asyncio.Event()
        self.tick = 0

    async def reach(self, tick: int, *, seconds: float) -> bool:
        """Wait until history has this tick. False when it has not within the limit."""
        try:
            async with asyncio.timeout(seconds):
                while self.tick < tick:
                    await self._advanced.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Listen until cancelled, through restarts of PostgreSQL."""
        while True:
            try:
                await self._listen()
            except (OperationalError, UndefinedTable, TimeoutError) as fault:
                log.warning(
                    "postgres_away",
                    fault=str(fault).strip() or "no answer",
                    retry_in_seconds=RETRY_SECONDS,
                    tick=self.tick,
                )
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with await AsyncConnection.connect(
            self._database_url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            application_name="biome api listener",
        ) as connection:
            await connection.execute(f"LISTEN {TICK_CHANNEL}")
            await connection.execute(f"LISTEN {RIGHTS_CHANNEL}")
            self._rights.rights_may_have_changed()
            while True:
                # After LISTEN, so that no tick falls between the two.
                async with asyncio.timeout(ANSWER_SECONDS):
                    cursor = await connection.execute("SELECT coalesce(max(tick), 0) FROM ticks")
                    row = await cursor.fetchone()
                assert row is not None
                if row[0] != self.tick:
                    self._advance(row[0])
                async for notification in connection.notifies(timeout=CHECK_SECONDS):
                    if notification.channel == RIGHTS_CHANNEL:
                        self._rights.rights_changed(notification.payload)
                    else:
                        self._advance(int(notification.payload))

    def _advance(self, tick: int) -> None:
        self.tick = tick
        self._advanced.set()
        self._advanced = asyncio.Event()
