"""Logs as an audit reads them: each partition in order, record by record, as far as it is committed, at its own pace.

Memory is bounded by what one fetch of each partition brings. A patient reader waits for brokers that are away: a delay is
no fault. An impatient one gives up, for a person is waiting.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError, OffsetOutOfRangeError

from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS
from streams.durable.fold import CannotFoldError
from streams.following.connecting import connect

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

FETCH_MAX_WAIT_MS: Final = 100
"""Longest that a broker lets a fetch wait. One fetch asks for all partitions that have nothing waiting, and the others
have to wait for its answer.
"""
FETCHED_AT_ONCE: Final = 1024 * 1024
"""Bytes of one partition."""
RECORDS_AT_ONCE: Final = 2_000
READ_UNCOMMITTED: Final = frozenset({MARKET_INPUTS.name, ATTENTION_PINGS.name})
"""Workers fold what is in their input logs, whatever became of the transaction of who wrote it: so Faust reads. Only what workers
write is transactional.
"""
POLL_SECONDS: Final = 0.5
REQUEST_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 30.0
"""Without a record that must be there, before an impatient reader gives up."""
FIRST_BACKOFF_SECONDS: Final = 0.2
LONGEST_BACKOFF_SECONDS: Final = 5.0


class LostRecordsError(CannotFoldError):
    """A log does not have the offset where it is to be read on; the message is a sentence for an operator."""


class Log:
    """One partition. ``next_offset`` is where to read on: everything before was taken."""

    def __init__(self, reader: "LogReader", place: TopicPartition, *, at: int) -> None:
        self.place = place
        self.next_offset = at
        self._reader = reader
        self._fetched: deque[ConsumerRecord] = deque()

    @property
    def fetch_offset(self) -> int:
        """Where the next fetch begins."""
        return self._fetched[-1].offset + 1 if self._fetched else self.next_offset

    def head(self) -> ConsumerRecord | None:
        """The next record, if it was fetched already."""
        return self._fetched[0] if self._fetched else None

    async def peek(self, *, seconds: float) -> ConsumerRecord | None:
        """The next record, waited for at most so long. It stays the next one until it is taken."""
        if not self._fetched:
            self._fetched.extend(await self._reader.fetch(self.place, seconds=seconds))
        return self.head()

    async def next(self) -> ConsumerRecord:
        """Take the next record, which is known to be there or waited for as long as it takes.

        Raises:
            KafkaTimeoutError: the reader is impatient, and none came.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while await self.peek(seconds=POLL_SECONDS) is None:
            if not self._reader.patient and time.monotonic() > until:
                raise KafkaTimeoutError(f"{self.place.topic} gave no record within {PATIENCE_SECONDS:.0f} s")
        return self.take()

    def take(self) -> ConsumerRecord:
        """Take the record that ``peek`` showed."""
        record = self._fetched.popleft()
        self.next_offset = record.offset + 1
        return record

    async def end(self) -> int:
        """Offset after the last committed record, as it is now."""
        return await self._reader.end_of(self.place)

    async def beginning(self) -> int:
        """Offset of the first record that is kept."""
        return await self._reader.beginning_of(self.place)

    async def holds_nothing_before(self, end: int) -> bool:
        """Whether no further record is to come before this offset: what takes the offsets that are left are markers."""
        while not self._fetched:
            if self.next_offset >= end or await self._reader.position_of(self.place) >= end:
                return True
            await self.peek(seconds=POLL_SECONDS)
        return bool(self._fetched[0].offset >= end)

    def skip_to(self, offset: int) -> None:
        """Leave out what stands before this offset."""
        self._fetched.clear()
        self.next_offset = offset
        self._reader.seek(self)


Logs: TypeAlias = Mapping[TopicPartition, Log]


@asynccontextmanager
async def logs_of(bootstrap: str, places: Mapping[TopicPartition, int], *, patient: bool) -> AsyncIterator[Logs]:
    """Logs as those read them who act on them: inputs as their workers do, and the others as far as they are committed."""
    inputs = {place: offset for place, offset in places.items() if place.topic in READ_UNCOMMITTED}
    committed = {place: offset for place, offset in places.items() if place.topic not in READ_UNCOMMITTED}
    async with AsyncExitStack() as stack:
        logs: dict[TopicPartition, Log] = {}
        for of_a_kind in filter(None, (inputs, committed)):
            reader = LogReader(bootstrap, of_a_kind, patient=patient, committed=of_a_kind is committed)
            logs |= (await stack.enter_async_context(reader)).logs
        yield logs


class LogReader:
    """One connection that reads several logs. Use it as an async context."""

    def __init__(
        self, bootstrap: str, places: Mapping[TopicPartition, int], *, patient: bool, committed: bool = True
    ) -> None:
        """``places``: where to begin in each partition."""
        self.patient = patient
        self._isolation = "read_committed" if committed else "read_uncommitted"
        self.logs = {place: Log(self, place, at=offset) for place, offset in places.items()}
        self._bootstrap = bootstrap
        self._consumer: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> Self:
        await self._connected()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._disconnect()

    def __getitem__(self, place: TopicPartition) -> Log:
        return self.logs[place]

    async def fetch(self, place: TopicPartition, *, seconds: float) -> list[ConsumerRecord]:
        """What a partition has next; nothing when nothing came in time."""

        async def get(consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
            found = await consumer.getmany(place, timeout_ms=int(seconds * 1000), max_records=RECORDS_AT_ONCE)
            return list(found.get(place, ()))

        records: list[ConsumerRecord] = await self._ask(get)
        return records

    async def end_of(self, place: TopicPartition) -> int:
        return int(await self._ask(lambda consumer: _only(consumer.end_offsets([place]))))

    async def beginning_of(self, place: TopicPartition) -> int:
        return int(await self._ask(lambda consumer: _only(consumer.beginning_offsets([place]))))

    async def partitions_of(self, topic: str) -> int:
        """How many the topic of one of the logs has."""

        async def count(consumer: AIOKafkaConsumer) -> int:
            await consumer.beginning_offsets([TopicPartition(topic, 0)])  # so that the client asks for its metadata
            return len(consumer.partitions_for_topic(topic) or ())

        return int(await self._ask(count))

    async def position_of(self, place: TopicPartition) -> int:
        return int(await self._ask(lambda consumer: consumer.position(place)))

    def seek(self, log_: Log) -> None:
        if self._consumer is not None:
            self._consumer.seek(log_.place, log_.fetch_offset)

    async def _ask(self, question: Any) -> Any:
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            try:
                consumer = await self._connected()
                async with asyncio.timeout(REQUEST_SECONDS):
                    return await question(consumer)
            except (KafkaError, OSError, TimeoutError) as fault:
                # A broker that was killed may find the end of its log only after it answers: so not at the first time.
                if isinstance(fault, OffsetOutOfRangeError) and (
                    backoff >= LONGEST_BACKOFF_SECONDS or not self.patient
                ):
                    raise _lost(fault) from fault
                if not self.patient:
                    raise
                log.warning("kafka_away", fault=repr(fault), retry_in_seconds=backoff)
                await self._disconnect()
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)

    async def _connected(self) -> AIOKafkaConsumer:
        """The consumer, made when there is none. A patient reader's comes later when no broker answers now."""
        backoff = FIRST_BACKOFF_SECONDS
        while self._consumer is None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                isolation_level=self._isolation,
                auto_offset_reset="none",
                enable_auto_commit=False,
                group_id=None,
                fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
                max_partition_fetch_bytes=FETCHED_AT_ONCE,
                request_timeout_ms=int(REQUEST_SECONDS * 1000),
                retry_backoff_ms=100,
                metadata_max_age_ms=30_000,
            )
            try:
                await connect(consumer)
                consumer.assign(list(self.logs))
                for place, log_ in self.logs.items():
                    consumer.seek(place, log_.fetch_offset)
                self._consumer = consumer
            except (KafkaError, OSError) as fault:
                if not self.patient:
                    raise
                log.warning("kafka_away", fault=repr(fault), retry_in_seconds=backoff)
                await asyncio.sleep(backoff)
                backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)
            finally:
                if self._consumer is not consumer:
                    await consumer.stop()
        return self._consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


def _lost(fault: OffsetOutOfRangeError) -> LostRecordsError:
    where = ", ".join(f"{place.topic} {place.partition}, offset {offset}" for place, offset in fault.args[0].items())
    return LostRecordsError(
        f"Kafka does not have what is to be read next ({where}): the log was shortened or made again. Restore it; or, when it is "
        "meant to begin anew, delete the auditor's snapshots (docs/operations.md, Auditing)."
    )


async def _only(offsets: Any) -> int:
    return int(next(iter((await offsets).values())))
