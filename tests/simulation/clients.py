"""Clients of the simulated brokers, with the methods of aiokafka's that ``streams.durable`` uses."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Final, NamedTuple

from aiokafka.errors import KafkaError, KafkaTimeoutError

from streams.durable.topic_facts import TopicFacts
from tests.simulation.broker import Broker, Later, Write
from tests.simulation.log import Entry
from tests.simulation.loop import ProcessEnded, SimulatedProcess, current_process

MOST_AT_ONCE: Final = 500
"""Records of one answer to a fetch."""

Place = tuple[str, int]


class Batch(NamedTuple):
    """What one request writes. It is acknowledged, or fails, as one."""

    writes: list[Write]
    acknowledged: asyncio.Future[None]


class Client:
    """A connection of one process to the brokers."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._process: SimulatedProcess = current_process()

    async def _ask(self, what: str, act: Callable[[], Any]) -> Any:
        """The brokers' answer, once it comes. Raises what they refuse with."""
        answer = self._broker.loop.create_future()
        self._broker.request(self._process, what, act, lambda result: _resolve(answer, result))
        return await answer

    def _at(self, point: str) -> None:
        """A point at which a crash may have been planted."""
        if self._process.crash_point == point:
            self._broker.network.faults[f"crash {point}"] += 1
            self._broker.tell(self._process, f"crashes {point}")
            self._process.die()
            raise ProcessEnded


class SimulatedConsumer(Client):
    """Stands for an AIOKafkaConsumer without a group."""

    def __init__(self, broker: Broker, random: Random, *, committed: bool) -> None:
        super().__init__(broker)
        self._random = random
        self._committed = committed
        self._positions: dict[Place, int] = {}

    async def start(self) -> None:
        await self._ask("connecting", lambda: None)

    async def stop(self) -> None:
        """Nothing is kept."""

    async def beginning_offsets(self, places: list[Place]) -> dict[Place, int]:
        return await self._ask("asking for offsets", lambda: dict.fromkeys(places, 0))  # type: ignore[no-any-return]

    async def end_offsets(self, places: list[Place]) -> dict[Place, int]:
        def ends() -> dict[Place, int]:
            partitions = [self._broker.partition(*place) for place in places]
            return {
                place: partition.stable_end if self._committed else partition.end
                for place, partition in zip(places, partitions, strict=True)
            }

        return await self._ask("asking for offsets", ends)  # type: ignore[no-any-return]

    def assign(self, places: Iterable[Place]) -> None:
        self._positions = dict.fromkeys(places, 0)

    def seek(self, place: Place, offset: int) -> None:
        self._positions[place] = offset

    async def seek_to_beginning(self, place: Place) -> None:
        self._positions[place] = 0

    async def position(self, place: Place) -> int:
        return self._positions[place]

    async def getmany(
        self, place: Place, *, timeout_ms: int, max_records: int = MOST_AT_ONCE
    ) -> dict[Place, list[Entry]]:
        if self._committed:
            self._at("while loading")
        before = self._positions[place]
        most = min(max_records, self._random.choice((1, 7, MOST_AT_ONCE)))
        partition = self._broker.partition(*place)
        try:
            found, after = await self._ask(
                "fetch", lambda: partition.read(before, committed=self._committed, most=most)
            )
        except KafkaError:
            return {}  # as aiokafka does: it tries again in the background
        self._positions[place] = after
        if after == before:
            await asyncio.sleep(timeout_ms / 1_000)
        return {place: found} if found else {}


class SimulatedProducer(Client):
    """Stands for an AIOKafkaProducer, idempotent or transactional: requests go one after the other, in order."""

    def __init__(self, broker: Broker, transactional_id: str | None = None) -> None:
        super().__init__(broker)
        self._id = transactional_id
        self._epoch = 0
        self._pending: deque[Batch] = deque()
        self._under_way = False
        self._flushed: asyncio.Future[None] | None = None

    async def start(self) -> None:
        if self._id is None:
            await self._ask("connecting", lambda: None)
        else:
            transactional_id = self._id
            self._epoch = await self._ask("init", lambda: self._broker.init(transactional_id))

    async def stop(self) -> None:
        """What is pending is not sent."""

    async def partitions_for(self, topic: str) -> set[int]:
        return {partition.number for partition in self._broker.topics[topic]}

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Any = None,
    ) -> asyncio.Future[None]:
        if partition is None:
            assert len(self._broker.topics[topic]) == 1, "which partition?"
        write = Write(self._broker.partition(topic, partition or 0), key, value, headers or ())
        if not self._pending or self._broker.network.splits():
            self._pending.append(Batch([], self._broker.loop.create_future()))
        batch = self._pending[-1]
        batch.writes.append(write)
        if not self._under_way:
            self._under_way = True
            self._broker.loop.call_soon(self._flush)
        return batch.acknowledged

    async def begin_transaction(self) -> None:
        self._at("before the sends")

    async def commit_transaction(self) -> None:
        """Waits for what was sent, whether it failed or not: aiokafka commits without a word then."""
        while self._under_way:
            self._flushed = self._broker.loop.create_future()
            await self._flushed
        self._at("before the commit")
        transactional_id = self._id
        assert transactional_id is not None
        await self._ask("commit", lambda: self._end(transactional_id))
        self._at("after the commit")

    def _end(self, transactional_id: str) -> None:
        self._broker.end(transactional_id, self._epoch, committed=True)
        if self._process.crash_point == "committed, not told":
            self._broker.network.faults["crash committed, not told"] += 1
            self._process.die()

    def _flush(self) -> None:
        """Send the next request."""
        batch = self._pending.popleft()
        self._broker.loop.in_world(self._broker.network.delay("produce"), self._arrive, batch)

    def _arrive(self, batch: Batch) -> None:
        """At the broker."""
        broker = self._broker
        wait = broker.network.away_until - broker.loop.now
        if wait > 0:
            broker.loop.in_world(wait + broker.network.delay("produce"), self._arrive, batch)
            return
        fault: KafkaError | None = None
        answer: Later | None = None
        try:
            if broker.network.fails("produce"):
                fault = KafkaTimeoutError("the batch was not acknowledged in time")
            if fault is None or broker.network.is_done_before_it_fails():
                answer = broker.produce(self._id, self._epoch, batch.writes)
        except KafkaError as refusal:
            fault = refusal
        if isinstance(answer, Later):
            broker.loop.in_world(answer.seconds, self._arrive, batch)
            return
        broker.loop.call_later(
            broker.network.delay("ack"), self._acknowledged, batch, fault, context=self._process.context
        )

    def _acknowledged(self, batch: Batch, fault: KafkaError | None) -> None:
        """At the client."""
        _resolve(batch.acknowledged, fault)
        if self._pending:
            if self._id is not None:
                self._at("after half of the sends")
            self._flush()
            return
        self._under_way = False
        if self._flushed is not None and not self._flushed.done():
            self._flushed.set_result(None)


def _resolve(future: "asyncio.Future[Any]", result: Any) -> None:
    if future.done():
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
        future.exception()  # whoever did not wait for it is gone
    else:
        future.set_result(result)


class SimulatedKafka:
    """Stands for ``streams.durable.kafka.Kafka``."""

    def __init__(self, broker: Broker, random: Random) -> None:
        self._broker = broker
        self._random = random

    def committed_reader(self) -> SimulatedConsumer:
        return SimulatedConsumer(self._broker, self._random, committed=True)

    def log_reader(self) -> SimulatedConsumer:
        return SimulatedConsumer(self._broker, self._random, committed=False)

    def producer(self) -> SimulatedProducer:
        return SimulatedProducer(self._broker)

    def shard_producer(self, transactional_id: str) -> SimulatedProducer:
        return SimulatedProducer(self._broker, transactional_id)

    async def topics(self, *names: str) -> dict[str, TopicFacts]:
        return await Client(self._broker)._ask("asking for topics", lambda: self._broker.facts(names))  # type: ignore[no-any-return]
