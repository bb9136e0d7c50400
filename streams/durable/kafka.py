"""What this package asks of Kafka: clients, each made for one purpose. A simulated Kafka stands in for it in
``tests/simulation``; nothing else of the package makes a client.
"""

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from streams.durable.topic_facts import TopicFacts, topic_facts

ACK_LIMIT_SECONDS = 20.0
"""Any wait for a broker ends by then. aiokafka itself retries for ever (fault 7)."""
LARGEST_BATCH = 256 * 1024
"""Bytes of a producer's batch: well below the topics' max.message.bytes, which limits the batch."""
LINGER_MS = 0
LOADED_AT_ONCE = 4 * 1024 * 1024
"""Bytes of one fetch of a changelog."""
RETRY_MS = 10
"""A new reader does not know the leader of a partition: its first question about one fails, and is asked again after this."""


class Kafka:
    """The brokers at ``bootstrap`` (host:port, comma separated)."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    def committed_reader(self) -> AIOKafkaConsumer:
        """A plain consumer without a group, which sees what was committed."""
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=LOADED_AT_ONCE,
            retry_backoff_ms=RETRY_MS,
        )

    def log_reader(self) -> AIOKafkaConsumer:
        """A plain consumer without a group, which sees all that is in a log."""
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            retry_backoff_ms=RETRY_MS,
        )

    def producer(self) -> AIOKafkaProducer:
        """An idempotent producer without transactions."""
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            max_batch_size=LARGEST_BATCH,
            linger_ms=LINGER_MS,
        )

    def shard_producer(self, transactional_id: str) -> AIOKafkaProducer:
        """A transactional producer. Starting it fences every former one of the same id."""
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            transactional_id=transactional_id,
            transaction_timeout_ms=int(ACK_LIMIT_SECONDS * 1_000),
            max_batch_size=LARGEST_BATCH,
            linger_ms=LINGER_MS,
        )

    async def topics(self, *names: str) -> dict[str, TopicFacts]:
        """What the brokers say of these topics; one that does not exist is left out. Raises KafkaError."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            return await topic_facts(admin, *names)
        finally:
            await admin.close()
