"""Reading from Kafka for ever, through its restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiokafka.errors import KafkaError

RETRY_SECONDS: Final = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def read_for_ever(read: Callable[[], Awaitable[None]]) -> None:
    """Call ``read`` again whenever it ends, until cancelled. It connects anew each time."""
    while True:
        try:
            await read()
        except (KafkaError, OSError, TimeoutError) as fault:
            log.warning("kafka_away", reader=read.__qualname__, fault=repr(fault), retry_in_seconds=RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)
