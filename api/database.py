"""Connections to PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection, IsolationLevel
from psycopg_pool import AsyncConnectionPool

from schemas.environment import Environment

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[Any]]

WAIT_SECONDS = 3.0
"""Longest that a request waits for a connection; then it answers 503."""
CONNECT_TIMEOUT_SECONDS = 3

STATEMENT_SECONDS = 5
"""Longest that one statement may hold a connection: PostgreSQL then ends it, and the request answers 503."""


CHECKED_FOR_SECONDS = 0.5
"""For so long after a check a connection is taken to be well: each check is a question more."""


class _Checks:
    """A connection that PostgreSQL dropped (a restart) is found out before a request gets it, instead of failing the request."""

    def __init__(self) -> None:
        self._checked_at: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()

    async def check(self, connection: AsyncConnection[Any]) -> None:
        """Raises OperationalError when it is not alive."""
        if monotonic() - self._checked_at.get(connection, float("-inf")) > CHECKED_FOR_SECONDS:
            await AsyncConnectionPool.check_connection(connection)
            self._checked_at[connection] = monotonic()


def make_pool(environment: Environment) -> Pool:
    """The pool of a process, not opened yet. It needs no PostgreSQL to be opened: requests then answer 503."""
    return AsyncConnectionPool(
        environment.database_url.get_secret_value(),
        min_size=1,
        max_size=environment.database_pool,
        timeout=WAIT_SECONDS,
        configure=_limit_statements,
        check=_Checks().check,
        kwargs={"autocommit": True, "connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": "biome api"},
        open=False,
    )


async def connect(environment: Environment) -> AsyncConnection[Any]:
    """A connection beside the pool, for what holds it long."""
    return await AsyncConnection.connect(
        environment.database_url.get_secret_value(),
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        application_name="biome api",
    )


async def _limit_statements(connection: AsyncConnection[Any]) -> None:
    """By SET and not by the URL's options, which stay the operator's."""
    await connection.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")


@asynccontextmanager
async def one_snapshot(pool: Pool) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection on which every read sees the same moment."""
    async with pool.connection() as connection:
        await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        try:
            async with connection.transaction():
                yield connection
        finally:
            if not connection.closed:
                await connection.set_isolation_level(None)
