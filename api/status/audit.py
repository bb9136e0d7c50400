"""What the auditor said, for the status document: through which tick it has verified everything, and what it waits for."""

import asyncio
from typing import Final

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer

from api.status.metrics import Metrics
from api.status.reconnecting import read_for_ever
from schemas.decoding import decode_audit_verdict
from streams.following.connecting import connect
from streams.following.verdicts import LOOK_BACK, VERDICTS, Said

ANSWER_SECONDS: Final = 5.0
POLL_MS: Final = 1_000

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class AuditWatch:
    """Follows the topic. ``run`` does the work; ``said`` is what it comes to."""

    def __init__(self, bootstrap: str, metrics: Metrics) -> None:
        self._bootstrap = bootstrap
        self._metrics = metrics
        self.said = Said()

    async def run(self) -> None:
        """Follow until cancelled, through restarts of Kafka."""
        await read_for_ever(self._follow)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await connect(consumer)
                consumer.assign([VERDICTS])
                end = (await consumer.end_offsets([VERDICTS]))[VERDICTS]
                consumer.seek(VERDICTS, max(0, end - LOOK_BACK))
            while True:
                for record in (await consumer.getmany(VERDICTS, timeout_ms=POLL_MS)).get(VERDICTS, ()):
                    self._take(record.value or b"")
        finally:
            await consumer.stop()

    def _take(self, value: bytes) -> None:
        try:
            self.said.take(decode_audit_verdict(value))
        except msgspec.MsgspecError as fault:
            log.warning("verdict_not_understood", fault=str(fault))
        self._metrics.audited(self.said)
