"""The history process: follows the market and projects it into PostgreSQL, as long as it lives."""

import asyncio
from contextlib import aclosing
from typing import Any

import structlog
from psycopg import AsyncConnection, OperationalError
from sqlalchemy.exc import OperationalError as SQLAlchemyOperationalError

from schemas.environment import Environment
from schemas.logs import configure_logging
from streams.following.connecting import wait_for_topics
from streams.following.follow import EVENTS, TICKS, follow_batches
from streams.following.until_told import run_until_told
from streams.history.migration import migrate
from streams.history.partitions import drop_expired
from streams.history.projection import load_progress, project
from streams.history.standings import keep_standings

FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 5.0
CONNECT_TIMEOUT_SECONDS = 5
PROGRESS_EVERY_TICKS = 600
"""A line of log about five minutes apart, so that a quiet process can be seen to live; old ticks are dropped as often."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def main(environment: Environment) -> None:
    """Run until SIGTERM or SIGINT. Whatever is unexpected ends the process, so that it starts again from its rows.

    PostgreSQL or Kafka may be away: it waits for them. It makes the tables first.
    """
    configure_logging(environment, "history")
    asyncio.run(run_until_told(_run_parts(environment)))
    log.info("history_stopped")


async def _run_parts(environment: Environment) -> None:
    await _make_tables(environment.database_url.get_secret_value())
    async with asyncio.TaskGroup() as parts:
        parts.create_task(run(environment))
        parts.create_task(keep_standings(environment))


async def _make_tables(database_url: str) -> None:
    """Before the parts begin, since each of them reads some."""
    backoff = FIRST_BACKOFF_SECONDS
    while True:
        try:
            await asyncio.to_thread(migrate, database_url)
        except SQLAlchemyOperationalError as fault:
            backoff = await _wait_for_postgres(fault, backoff)
        else:
            return


async def run(environment: Environment) -> None:
    """Project for ever. Cancel it to stop: a transaction that is open is rolled back, and nothing is lost."""
    await wait_for_topics(environment.kafka_bootstrap, TICKS.topic, EVENTS.topic)
    backoff = FIRST_BACKOFF_SECONDS
    while True:
        try:
            async with await AsyncConnection.connect(
                environment.database_url.get_secret_value(),
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                application_name="biome history",
            ) as connection:
                backoff = FIRST_BACKOFF_SECONDS
                await _follow_from_rows(connection, environment.kafka_bootstrap)
        except OperationalError as fault:
            backoff = await _wait_for_postgres(fault, backoff)


async def _wait_for_postgres(fault: Exception, backoff: float) -> float:
    """Wait for so long, and say for how long to wait next."""
    log.warning("postgres_away", fault=str(fault).strip(), retry_in_seconds=backoff)
    await asyncio.sleep(backoff)
    return min(2 * backoff, LONGEST_BACKOFF_SECONDS)


async def _follow_from_rows(connection: AsyncConnection[Any], bootstrap: str) -> None:
    """Project on from where the rows say. Returns when another history took over a part: read the rows again."""
    seen, position = await load_progress(connection)
    log.info("history_reads_on", tick=seen.tick, ticks_offset=position.ticks, events_offset=position.events)
    async with aclosing(follow_batches(bootstrap, seen=seen, position=position)) as batches:
        async for batch in batches:
            if not await project(connection, expected=position, ticks=batch):
                log.warning("another_history_projected", tick=batch[0].tick.tick, events_offset=position.events)
                return
            position = batch[-1].next
            if batch[0].tick.tick // PROGRESS_EVERY_TICKS != (batch[-1].tick.tick + 1) // PROGRESS_EVERY_TICKS:
                log.info("projected", tick=batch[-1].tick.tick, events_offset=position.events)
                await drop_expired(connection)
            else:
                log.debug("projected", tick=batch[-1].tick.tick, events_offset=position.events)
