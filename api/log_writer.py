"""Writes orders, openings and pings to Kafka. Every write is acknowledged, or refused within a limit."""

import asyncio
from time import monotonic

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from api.request_ids import record_headers
from api.status.metrics import Metrics
from schemas.decoding import encode
from schemas.messages.fields import Message
from schemas.topics import Topic
from streams.following.connecting import connect

ACK_SECONDS = 5.0
"""Longest that a write waits for its acknowledgement. It may still arrive later: whatever is written is idempotent."""
METADATA_SECONDS = 2.0
LINGER_MS = 2
"""Gathers the writes of concurrent requests; short, since each of them waits for it."""
BATCH_BYTES = 256 * 1024
"""Several hundred orders. What does not fit into a batch waits for the one before it to come back: of aiokafka's own 16 kB, 40 orders
that came during one slow answer were enough for that.
"""
FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class LogUnavailableError(Exception):
    """Kafka did not acknowledge in time. Whether the message will be in the log is not known."""


class LogWriter:
    """One idempotent producer, made again when it fails for good. ``run`` keeps it alive."""

    def __init__(self, bootstrap: str, metrics: Metrics) -> None:
        self._bootstrap = bootstrap
        self._metrics = metrics
        self._producer: AIOKafkaProducer | None = None
        self._connected = asyncio.Event()
        self._failed = asyncio.Event()

    async def write(self, topic: Topic, *, player: str, message: Message) -> int:
        """Write a message under a player's key: murmur2 gives the partition, as the schemas demand. Its offset.

        Raises:
            LogUnavailableError: no acknowledgement in time.
        """
        return await self.write_bytes(topic.name, key=player.encode(), value=encode(message))

    async def write_bytes(
        self, topic: str, *, key: bytes | None, value: bytes | None, partition: int | None = None
    ) -> int:
        """Write bytes as they are. Their offset.

        Raises:
            LogUnavailableError: no acknowledgement in time.
        """
        began = monotonic()
        try:
            async with asyncio.timeout(ACK_SECONDS):
                await self._connected.wait()
                assert self._producer is not None
                record = await self._producer.send_and_wait(
                    topic, value, key=key, partition=partition, headers=record_headers()
                )
                offset: int = record.offset
                self._metrics.acknowledged(topic, monotonic() - began)
                return offset
        except TimeoutError as fault:
            self._metrics.not_acknowledged(topic)
            raise LogUnavailableError(topic) from fault
        except KafkaError as fault:
            self._failed.set()
            self._metrics.not_acknowledged(topic)
            log.warning("produce_failed", topic=topic, fault=repr(fault))
            raise LogUnavailableError(topic) from fault

    async def answers(self) -> bool:
        """Whether a broker answers now."""
        if self._producer is None:
            return False
        try:
            async with asyncio.timeout(METADATA_SECONDS):
                await self._producer.client.fetch_all_metadata()
        except (KafkaError, OSError, TimeoutError):
            return False
        return True

    async def run(self) -> None:
        """Keep a producer connected until cancelled."""
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                linger_ms=LINGER_MS,
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=10_000,
            )
            try:
                await connect(producer)
                backoff = FIRST_BACKOFF_SECONDS
                self._producer = producer
                self._failed.clear()
                self._connected.set()
                await self._failed.wait()
            except (KafkaError, OSError) as fault:
                log.warning("kafka_away", fault=repr(fault), retry_in_seconds=backoff)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)
            finally:
                self._connected.clear()
                self._producer = None
                await _stop(producer)


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stop within a limit: a producer waits for its unsent messages, for ever when the broker is away."""
    try:
        async with asyncio.timeout(ACK_SECONDS):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as fault:
        log.warning("producer_not_stopped_cleanly", fault=repr(fault))
