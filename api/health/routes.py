"""Whether the process lives, and whether it can serve."""

import asyncio
import time
from http import HTTPStatus

from fastapi import APIRouter, Response
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from api.database import Pool
from api.health.models import Alive, Readiness
from api.services import ServicesDependency

OLDEST_TICK_MS = 10_000
"""A market that has not closed a tick for this long is down, not just restarting."""
ANSWER_SECONDS = 2.0

router = APIRouter(prefix="/health", tags=["health"])


@router.get("")
async def health() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Something that it needs is away."}})
async def ready(services: ServicesDependency, response: Response) -> Readiness:
    """Kafka and PostgreSQL answer, and the market ticks."""
    kafka, postgres = await asyncio.gather(services.writer.answers(), _answers(services.pool))
    newest = services.hub.newest
    age = None if newest is None else max(0, time.time_ns() // 1_000_000 - newest.tick.closed_at)
    is_ready = kafka and postgres and age is not None and age <= OLDEST_TICK_MS
    if not is_ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response.headers["Cache-Control"] = "no-store"
    return Readiness(
        ready=is_ready,
        kafka=kafka,
        postgres=postgres,
        tick=newest and newest.tick.tick,
        tick_age_ms=age,
        history_tick=services.projected.tick or None,
    )


async def _answers(pool: Pool) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS), pool.connection(timeout=ANSWER_SECONDS) as connection:
            await connection.execute("SELECT 1")
    except (OperationalError, PoolTimeout, TimeoutError):
        return False
    return True
