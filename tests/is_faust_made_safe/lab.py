"""One app of its own for a test: its topics on a real Kafka, its worker processes, and what the log says must come out."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete

from schemas.topics import Topic
from streams.durable.changelog import HIGH_WATER
from streams.durable.fold import Record
from streams.durable.rows import Rows
from tests.is_faust_made_safe.tally_worker import TallyFold, topics
from tests.markers import watched_markers

HERE = Path(__file__).parent
PATIENCE_SECONDS = 150.0
"""For a condition to come true on a machine that is busy; every test has a limit of its own above it."""
PRODUCER_PATIENCE_MS = 120_000
"""Longer than any test lets Kafka be away: inputs wait for it."""


class Message(NamedTuple):
    offset: int
    key: bytes | None
    value: bytes | None


class Worker:
    """A worker process."""

    def __init__(self, script: str, arguments: Sequence[str], *, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        self.folder = log.with_name("cwd")
        self.folder.mkdir(exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / script), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(HERE.parent.parent), "BIOME_LOG_FORMAT": "json", **environment},
            )
        self.pid = self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, None while it lives."""
        return self._process.poll()

    def said(self, text: str) -> bool:
        return text in self.log.read_text()

    async def ended(self) -> int:
        await until(lambda: self.status is not None, f"{self.log} to end")
        assert self.status is not None
        return self.status

    async def says(self, text: str) -> None:
        await until(lambda: self.said(text) or self.status is not None, f"{text!r} in {self.log}")
        assert self.said(text), f"ended with {self.status} before it said {text!r}:\n{self.log.read_text()}"

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)


class Lab:
    """Topics, workers and the truth about them."""

    def __init__(self, bootstrap: str, folder: Path, *, partitions: int = 1) -> None:
        self.app = f"tally-{uuid.uuid4().hex[:8]}"
        self.bootstrap = bootstrap
        self.partitions = partitions
        self.inputs, self.outputs, self.state = topics(self.app, partitions)
        self._folder = folder
        self._workers: list[Worker] = []
        self._producer: AIOKafkaProducer | None = None
        self._follower: AIOKafkaConsumer | None = None
        self._followed: list[Message] = []
        self._dried_up: Exception | None = None
        """Why the flow of inputs ended: nobody awaits it, and what waits for its outputs would wait in vain."""

    async def create_topics(self, *declared: Topic) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics(
                [
                    NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config())
                    for topic in declared or (self.inputs, self.outputs, self.state)
                ]
            )
        finally:
            await admin.close()

    async def delete_topic(self, topic: Topic) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([topic.name])
        finally:
            await admin.close()

    async def delete_records(self, topic: Topic, *, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(before_offset=before)})
        finally:
            await admin.close()

    async def produce(self, *values: bytes | None, partition: int = 0) -> int:
        """Send inputs: the offset of the last."""
        producer = await self._ready_producer()
        sent = [await producer.send(self.inputs.name, value, b"any", partition=partition) for value in values]
        return int([await future for future in sent][-1].offset)

    async def flow(self) -> None:
        """Inputs without end, a mark for every few numbers, over the partitions in turn."""
        try:
            await self._flow()
        except Exception as fault:
            self._dried_up = fault
            raise

    async def _flow(self) -> None:
        producer = await self._ready_producer()
        for mark in itertools.count():
            for value in (*(str(mark * 7 + number).encode() for number in range(5)), b"mark"):
                await producer.send(self.inputs.name, value, b"any", partition=mark % self.partitions)
            await asyncio.sleep(0.04)  # a flow, not a heap

    async def produce_in_a_transaction(
        self, topic: Topic, *values: bytes, key: bytes = b"planted", commit: bool = True, partition: int = 0
    ) -> None:
        """The marker that ends the transaction takes an offset in the log: a hole."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=f"stranger-{uuid.uuid4()}")
        await producer.start()
        try:
            await producer.begin_transaction()
            for value in values:
                await producer.send_and_wait(topic.name, value, key, partition=partition)
            await (producer.commit_transaction() if commit else producer.abort_transaction())
        finally:
            await producer.stop()
        async with watched_markers(self.bootstrap) as until_marked:
            await until_marked(TopicPartition(topic.name, partition))

    async def forget_producer(self) -> None:
        """An idempotent producer counts what it sent to a topic, also across its deletion."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def overwrite_row(self, key: bytes, value: bytes | None, *, partition: int = 0) -> None:
        producer = await self._ready_producer()
        await producer.send_and_wait(self.state.name, value, key, partition=partition)

    def start(self, worker: str = "0", **environment: str) -> Worker:
        started = Worker(
            "tally_worker.py",
            [self.app, str(self.partitions), worker],
            log=self._folder / f"{self.app}-{len(self._workers)}.log",
            environment={"BIOME_KAFKA_BOOTSTRAP": self.bootstrap, **environment},
        )
        self._workers.append(started)
        return started

    async def stop(self) -> None:
        for worker in self._workers:
            worker.kill()
        for client in (self._producer, self._follower):
            if client is not None:
                await client.stop()

    async def read_outputs(self) -> list[Message]:
        return await self.read(self.outputs)

    async def read(self, topic: Topic, partition: int = 0, *, isolation: str = "read_committed") -> list[Message]:
        """Everything that a topic's partition holds now, as a consumer of committed records sees it."""
        consumer = self._reader(isolation)
        place = TopicPartition(topic.name, partition)
        await consumer.start()
        try:
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            found: list[Message] = []
            while await consumer.position(place) < end:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [Message(record.offset, record.key, record.value) for record in records]
            return found
        finally:
            await consumer.stop()

    async def read_rows(self, partition: int = 0) -> dict[bytes, bytes]:
        """The last value of each row, the high-water row among them."""
        rows: dict[bytes, bytes] = {}
        for message in await self.read(self.state, partition):
            assert message.key is not None
            if message.value is None:
                rows.pop(message.key, None)
            else:
                rows[message.key] = message.value
        return rows

    async def refold(self, partition: int = 0) -> tuple[list[tuple[bytes, bytes]], Rows]:
        """The truth: outputs and rows that the input log asks for."""
        fold = TallyFold(partition, Rows(), output="any")
        outputs: list[tuple[bytes, bytes]] = []
        for message in await self.read(self.inputs, partition, isolation="read_uncommitted"):
            commit = fold.fold(Record(message.offset, 0, message.key, message.value))
            if commit is not None:
                outputs += [(output.key or b"", output.value) for output in commit.outputs]
        return outputs, fold.rows

    async def outputs_are_at_least(self, number: int) -> None:
        """Wait until so many committed outputs were seen."""
        await until_async(lambda: self._have_followed(number), f"{number} outputs")

    async def more_outputs(self, number: int) -> None:
        """Wait for so many committed outputs more than there are."""
        seen = len(await self.read_outputs())
        await self.outputs_are_at_least(seen + number)

    async def _have_followed(self, number: int) -> bool:
        if self._dried_up is not None:
            raise AssertionError("the flow of inputs ended") from self._dried_up
        if self._follower is None:
            self._follower = self._reader("read_committed")
            await self._follower.start()
            self._follower.assign([TopicPartition(self.outputs.name, 0)])
        for records in (await self._follower.getmany(timeout_ms=200)).values():
            self._followed += [Message(record.offset, record.key, record.value) for record in records]
        return len(self._followed) >= number

    async def matches_the_refold(self) -> None:
        """Each output is there exactly once, and the rows are those of a fold over the whole input log."""
        found = await self.read_outputs()
        for partition in range(self.partitions):
            outputs, rows = await self.refold(partition)
            mine = [(m.key, m.value) for m in found if m.key and m.key.startswith(f"{partition}-".encode())]
            assert mine == outputs
            assert Rows(await self.rows_without_high_water(partition)).digest() == rows.digest()

    async def rows_without_high_water(self, partition: int = 0) -> dict[bytes, bytes]:
        rows = await self.read_rows(partition)
        rows.pop(HIGH_WATER, None)
        return rows

    def _reader(self, isolation: str) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )

    async def _ready_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self.bootstrap, enable_idempotence=True, request_timeout_ms=PRODUCER_PATIENCE_MS
            )
            await self._producer.start()
        return self._producer


async def until(condition: Callable[[], bool], what: str) -> None:
    async def check() -> bool:
        return condition()

    await until_async(check, what)


async def until_async(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await condition():  # noqa: ASYNC110 -- the conditions lie in other processes
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s for {what}") from None
