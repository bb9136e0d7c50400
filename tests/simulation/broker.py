"""The brokers: logs, and the coordinator of transactions. What it does at which moment is Kafka's: epochs, markers that come
one by one, transactions that hang until they time out.
"""

import zlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced

from schemas.topics import Topic
from streams.durable.topic_facts import TopicFacts
from tests.simulation.log import Entry, Partition, Transaction
from tests.simulation.loop import SimulatedLoop, SimulatedProcess
from tests.simulation.network import Network

EPOCH_MS: Final = 1_750_000_000_000
"""Wall clock at the beginning of virtual time."""
TRANSACTION_TIMEOUT_SECONDS: Final = 20.0
TIMEOUT_SWEEP_SECONDS: Final = 5.0
CONCURRENT_SECONDS: Final = 0.02
"""After which a client asks again that was told of a transaction that is being completed."""
LAST_STEPS: Final = 300
"""What a failure tells of what came before it."""


class Later(NamedTuple):
    """An answer of the coordinator: ask again after so many seconds."""

    seconds: float


class Write(NamedTuple):
    """One record on its way to a partition."""

    partition: Partition
    key: bytes | None
    value: bytes | None
    headers: Any


class Producer:
    """What the coordinator knows of a transactional id."""

    def __init__(self) -> None:
        self.epoch = 0
        self.open: Transaction | None = None
        self.completing: Transaction | None = None


class Broker:
    """All brokers of a cluster as one."""

    def __init__(self, loop: SimulatedLoop, network: Network, topics: Iterable[Topic], *, shards: int) -> None:
        self.loop = loop
        self.network = network
        self.skew_ms = 0
        """Of the brokers' clock against true time."""
        self.topics = {
            topic.name: [Partition(topic.name, number) for number in range(topic.partition_count(shards))]
            for topic in topics
        }
        self.trace = 0
        """Checksum of all that was appended, when and where: equal for equal seeds."""
        self.last_steps: deque[tuple[float, str, str]] = deque(maxlen=LAST_STEPS)
        self.when_committed: Callable[[Transaction], None] = lambda _transaction: None
        self._producers: dict[str, Producer] = {}
        loop.in_world(TIMEOUT_SWEEP_SECONDS, self._time_out)

    def now_ms(self) -> int:
        """The brokers' clock."""
        return EPOCH_MS + int(self.loop.now * 1_000) + self.skew_ms

    def tell(self, who: object, what: str) -> None:
        """Keep a step for the story of a failure."""
        self.last_steps.append((self.loop.now, str(who), what))

    def partition(self, topic: str, number: int = 0) -> Partition:
        return self.topics[topic][number]

    def facts(self, names: Iterable[str]) -> dict[str, TopicFacts]:
        return {
            name: TopicFacts(id=f"id-of-{name}", partitions=len(self.topics[name]))
            for name in names
            if name in self.topics
        }

    # Requests and answers.

    def request(
        self, process: SimulatedProcess, what: str, act: Callable[[], Any], answer: Callable[[Any], None]
    ) -> None:
        """Send a request: ``act`` happens at the broker, and ``answer`` at the client, whatever became of its process."""
        self.loop.in_world(self.network.delay(what), self._arrive, process, what, act, answer)

    def _arrive(
        self, process: SimulatedProcess, what: str, act: Callable[[], Any], answer: Callable[[Any], None]
    ) -> None:
        wait = self.network.away_until - self.loop.now
        if wait > 0:
            self.loop.in_world(wait + self.network.delay(what), self._arrive, process, what, act, answer)
            return
        result: Any
        if self.network.fails(what):
            if self.network.is_done_before_it_fails():
                self._try(act)
            result = KafkaConnectionError(f"{what} failed")
        else:
            result = self._try(act)
        if isinstance(result, Later):
            self.loop.in_world(result.seconds, self._arrive, process, what, act, answer)
            return
        self.loop.call_later(self.network.delay(f"answer to {what}"), answer, result, context=process.context)

    def _try(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except KafkaError as fault:
            return fault

    # Plain writes.

    def append(self, write: Write, transaction: Transaction | None = None) -> Entry:
        partition, key, value, headers = write
        now = self.now_ms()
        self.trace = zlib.crc32(value or b"", self.trace ^ now ^ partition.number)
        return partition.append(now, key, value, headers, transaction)

    # The coordinator of transactions.

    def producer(self, transactional_id: str) -> Producer:
        return self._producers.setdefault(transactional_id, Producer())

    def init(self, transactional_id: str) -> int | Later:
        """Fence the former producers of this id. Returns the new epoch once their transaction has ended."""
        producer = self.producer(transactional_id)
        if producer.completing is not None:
            return Later(CONCURRENT_SECONDS)
        producer.epoch += 1
        if producer.open is not None:
            self.network.faults["open transaction fenced"] += 1
            self._decide(producer, committed=False)
            return Later(CONCURRENT_SECONDS)
        return producer.epoch

    def produce(self, transactional_id: str | None, epoch: int, writes: Iterable[Write]) -> Later | None:
        """Append a request's records.

        Raises:
            ProducerFenced: another producer has this id now.
        """
        if transactional_id is None:
            for write in writes:
                self.append(write)
            return None
        producer = self.producer(transactional_id)
        if epoch != producer.epoch:
            # A partition learns of the new epoch by its marker: until then it takes what belongs to the old transaction.
            old = producer.completing
            for write in writes:
                if old is None or old.epoch != epoch or not write.partition.is_open(old):
                    raise ProducerFenced
                self.append(write, old)
            return None
        if producer.completing is not None:
            return Later(CONCURRENT_SECONDS)
        if producer.open is None:
            producer.open = Transaction(transactional_id, epoch, self.loop.now)
        for write in writes:
            self.append(write, producer.open)
        return None

    def end(self, transactional_id: str, epoch: int, *, committed: bool) -> None:
        """Decide the open transaction. Its markers follow.

        Raises:
            ProducerFenced: another producer has this id now.
        """
        producer = self.producer(transactional_id)
        if epoch != producer.epoch:
            raise ProducerFenced
        if producer.open is not None:
            self._decide(producer, committed=committed)

    def _decide(self, producer: Producer, *, committed: bool) -> None:
        transaction = producer.open
        assert transaction is not None
        producer.open, producer.completing = None, transaction
        transaction.committed = committed
        transaction.unmarked = len(transaction.partitions)
        self.tell(transaction.id, "transaction commits" if committed else "transaction aborts")
        for partition in transaction.partitions:
            self.loop.in_world(self.network.delay("marker"), self._mark, producer, transaction, partition)

    def _mark(self, producer: Producer, transaction: Transaction, partition: Partition) -> None:
        wait = self.network.away_until - self.loop.now
        if wait > 0:
            self.loop.in_world(wait, self._mark, producer, transaction, partition)
            return
        partition.mark(transaction)
        transaction.unmarked -= 1
        if transaction.unmarked == 0:
            producer.completing = None
            if transaction.committed:
                self.when_committed(transaction)

    def _time_out(self) -> None:
        for producer in self._producers.values():
            transaction = producer.open
            if transaction and self.loop.now - transaction.began_at > TRANSACTION_TIMEOUT_SECONDS:
                self.network.faults["transaction timed out"] += 1
                producer.epoch += 1
                self._decide(producer, committed=False)
        self.loop.in_world(TIMEOUT_SWEEP_SECONDS, self._time_out)
