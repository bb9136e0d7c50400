"""Workers under a supervisor, in a consumer group: the real ``Shards`` and ``Clock``, and in place of Faust a delivery that
does what Faust does at its worst (docs/faust.md): it skips, delivers twice, and tells of a new assignment late.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from schemas.topics import ATTENTION_PINGS, ATTENTION_STATE, MARKET_INPUTS, MARKET_STATE, MARKET_TICKS, Topic
from streams.attention.core import AttentionFold
from streams.durable.dying import Exit, die, dying
from streams.durable.fold import Fold, Record
from streams.durable.progress import ProgressWatch
from streams.durable.rows import Rows
from streams.durable.shards import Shards
from streams.market.clock import Clock
from streams.market.core import MarketFold
from tests.simulation.broker import Broker
from tests.simulation.clients import SimulatedKafka
from tests.simulation.log import Partition
from tests.simulation.loop import SimulatedProcess

REPORT_SECONDS: Final = (0.1, 0.25, 0.25, 0.5)
"""Between two reports. A choice an episode: the fewer there are, the more ticks fit in a minute."""
WATCH_SECONDS: Final = 2.0
JOIN_LIMIT_SECONDS: Final = 45.0
SESSION_SECONDS: Final = 6.0
HEARTBEAT_SECONDS: Final = 1.0
WINDOW_MS: Final = 500
CAP: Final = 10
NEVER_EXPECTED: Final = {Exit.UNEXPECTED, Exit.DAMAGED, Exit.REFUSED, Exit.BLOCKED, Exit.NOT_JOINED}
"""A worker that ends itself so has met what nothing simulated here may cause."""

OpenFold = Callable[[int, Rows], Fold]


@dataclass(frozen=True)
class Kind:
    """Market or attention."""

    name: str
    inputs: Topic
    state: Topic
    proof: Topic | None
    contiguous: bool
    open_fold: OpenFold
    has_clock: bool


def market_kind() -> Kind:
    return Kind(
        "market",
        MARKET_INPUTS,
        MARKET_STATE,
        MARKET_TICKS,
        contiguous=True,
        open_fold=lambda _partition, rows: MarketFold(rows),
        has_clock=True,
    )


def attention_kind(shards: int) -> Kind:
    def open_fold(partition: int, rows: Rows) -> Fold:
        return AttentionFold(rows, shard=partition, shards=shards, cap=CAP, window_ms=WINDOW_MS)

    return Kind(
        "attention", ATTENTION_PINGS, ATTENTION_STATE, None, contiguous=False, open_fold=open_fold, has_clock=False
    )


@dataclass
class Sloppiness:
    """How often the delivery does what it should not, each time that an assignment begins."""

    skips: float = 0.0
    repeats: float = 0.0
    leftovers: float = 0.0


class Assignment:
    """What a member of a group was told. Another object is another generation."""

    def __init__(self, partitions: list[int]) -> None:
        self.partitions = partitions


class Worker:
    """One incarnation of a worker."""

    def __init__(self, name: str, group: "Group") -> None:
        self.broker = group.broker
        self.process = SimulatedProcess(name, self.broker.loop)
        self.told = self._nothing = Assignment([])
        self._group = group
        self._kind = group.kind
        self._logs = self.broker.topics[self._kind.inputs.name]
        self._waking = False
        self._arrival: asyncio.Future[None] | None = None
        self._joined = False
        self._assigning = False
        self.process.start(self._forever(self._live))

    def tell(self, assignment: Assignment) -> None:
        """The group's coordinator has spoken. Runs as the worker: a paused one hears it late, a dead one never."""
        self.told = assignment
        self._woken()

    def wake(self) -> None:
        """Something was appended to one of the logs."""
        if not self._waking and self.process.alive:
            self._waking = True
            wait = max(0.0, self.broker.network.away_until - self.broker.loop.now)
            delay = wait + self.broker.network.delay("fetch")
            self.broker.loop.call_later(delay, self._woken, context=self.process.context)

    def stop(self) -> None:
        """As SIGTERM does: ends between two commits."""
        self.process.start(self._stop_between_commits())

    async def _stop_between_commits(self) -> None:
        async with self.shards.lock:
            self.process.die(Exit.STOPPED)

    def _woken(self) -> None:
        self._waking = False
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def _live(self) -> None:
        kind = self._kind
        self.shards = Shards(
            SimulatedKafka(self.broker, self._group.random),  # type: ignore[arg-type]
            inputs=kind.inputs,
            state=kind.state,
            shard_count=len(self._logs),
            open_fold=kind.open_fold,
            contiguous=kind.contiguous,
            proof=kind.proof,
        )
        await self.shards.connect()
        self.process.start(self._forever(self._watch))
        self._group.join(self)
        self.process.start(self._forever(self._report))
        if kind.has_clock:
            self.process.start(self._forever(Clock(self.shards).run))
        await self._deliver()

    async def _forever(self, run: Callable[[], Awaitable[None]]) -> None:
        with dying(f"the task {run.__qualname__}"):
            await run()
        die(Exit.UNEXPECTED, "A task of the worker ended.")

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(self._group.report_seconds)
            await self.shards.report()

    async def _watch(self) -> None:
        loop = self.broker.loop
        watch = ProgressWatch(loop.now)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._joined and loop.now - watch.began_at > JOIN_LIMIT_SECONDS:
                die(Exit.NOT_JOINED, "The consumer group was not joined in time.")
            for partition, position in watch.suspects({} if self._assigning else self.shards.positions(), loop.now):
                await self.shards.refuse_to_stand_still(partition, position)

    async def _deliver(self) -> None:
        current = self._nothing
        fetched: dict[int, int] = {}
        while True:
            if self.told is not current:
                current, before = self.told, current
                assigned = current
                await self._leftovers(before)
                self._assigning = True
                await self.shards.assign(current.partitions, lambda: self.told is assigned)  # noqa: B023 -- called at once
                self._assigning = False
                if self.told is not current:
                    continue
                self._joined = True
                fetched = self._first_fetch()
            if not await self._deliver_what_is_there(fetched, current):
                self._arrival = self.broker.loop.create_future()
                await self._arrival

    async def _deliver_what_is_there(self, fetched: dict[int, int], current: Assignment) -> bool:
        delivered = False
        for partition, position in fetched.items():
            entries, after = self._logs[partition].read(position, committed=False, most=100)
            fetched[partition] = after
            for entry in entries:
                if self.told is not current:
                    return True
                delivered = True
                await self.shards.take(partition, Record(entry.offset, entry.timestamp, entry.key, entry.value))
        return delivered

    def _first_fetch(self) -> dict[int, int]:
        """Where the delivery begins: where the shards say, or, as Faust does at times, a little elsewhere."""
        group, fetched = self._group, self.shards.positions()
        for partition, position in fetched.items():
            drawn = group.random.random()
            if drawn < group.sloppiness.skips and self._logs[partition].end - position > 1:
                group.faults["delivery skipped inputs"] += 1
                fetched[partition] = position + group.random.randint(1, min(5, self._logs[partition].end - position))
            elif drawn > 1.0 - group.sloppiness.repeats:
                group.faults["delivery repeated inputs"] += 1
                fetched[partition] = max(0, position - group.random.randint(1, 30))
        return fetched

    async def _leftovers(self, before: Assignment) -> None:
        """What was fetched for the assignment before may still be delivered."""
        group = self._group
        for partition in before.partitions:
            if group.random.random() < group.sloppiness.leftovers:
                group.faults["delivery after a rebalance"] += 1
                position = self.shards.positions().get(partition, 0)
                entries, _ = self._logs[partition].read(position, committed=False, most=3)
                for entry in entries:
                    await self.shards.take(partition, Record(entry.offset, entry.timestamp, entry.key, entry.value))


class Group:
    """Workers of one kind: a supervisor that starts them again, and Kafka's group coordinator."""

    def __init__(self, kind: Kind, broker: Broker, random: Random, *, workers: int) -> None:
        self.kind = kind
        self.broker = broker
        self.random = random
        self.faults = broker.network.faults
        self.sloppiness = Sloppiness()
        self.report_seconds = random.choice(REPORT_SECONDS)
        self.names = [f"{kind.name}-{number}" for number in range(workers)]
        self.workers: dict[str, Worker] = {}
        self.when_started: Callable[[Worker], None] = lambda _worker: None
        self._members: dict[str, Assignment] = {}
        self._logs: list[Partition] = broker.topics[kind.inputs.name]
        for log in self._logs:
            log.when_appended = self._appended
        for name in self.names:
            self.start(name)

    def start(self, name: str) -> None:
        """Start a worker, unless it runs."""
        worker = self.workers.get(name)
        if worker is None or not worker.process.alive:
            self.workers[name] = Worker(name, self)
            self.when_started(self.workers[name])

    def ended(self, worker: Worker) -> None:
        """An incarnation is gone: the supervisor starts the next one, and the group gives up on it after a session."""
        name = worker.process.name
        late = self.random.random() < 0.1
        self.broker.loop.in_world(self.random.uniform(0.2, 12.0 if late else 1.5), self.start, name)
        self._expect(worker)

    def paused(self, worker: Worker) -> None:
        self._expect(worker)

    def resumed(self, worker: Worker) -> None:
        """It goes on as if nothing was, until its next heartbeat tells it."""
        self._later(self.random.uniform(0.0, HEARTBEAT_SECONDS), self._heartbeat, worker)

    def join(self, worker: Worker) -> None:
        """A member that comes back under its name finds its place as it was."""
        name = worker.process.name
        if name in self._members:
            self._tell(name, self._members[name])
        else:
            self._members[name] = Assignment([])
            self.rebalance()

    def rebalance(self) -> None:
        """Divide the partitions anew."""
        self.faults["rebalance"] += 1
        names = list(self._members)
        parts: dict[str, list[int]] = {name: [] for name in names}
        for partition in range(len(self._logs)):
            if names:
                parts[self.random.choice(names)].append(partition)
        self.broker.tell(self.kind.name, f"rebalances: {parts}")
        for name, partitions in parts.items():
            self._members[name] = Assignment(partitions)
            self._tell(name, self._members[name])

    def evict(self, name: str) -> None:
        """A member's heartbeats were lost: the others take over, and it learns of that late."""
        if self._members.pop(name, None) is None:
            return
        self.rebalance()
        worker = self.workers[name]
        self._later(self.random.uniform(HEARTBEAT_SECONDS, 10.0), self._heartbeat, worker)

    def _expect(self, worker: Worker) -> None:
        self.broker.loop.in_world(SESSION_SECONDS, self._session_over, worker)

    def _session_over(self, worker: Worker) -> None:
        name = worker.process.name
        gone = self.workers[name] is worker and (worker.process.paused or not worker.process.alive)
        if gone and self._members.pop(name, None) is not None:
            self.rebalance()

    def _heartbeat(self, worker: Worker) -> None:
        if worker.process.alive and self.workers[worker.process.name] is worker:
            self.join(worker)

    def _tell(self, name: str, assignment: Assignment) -> None:
        worker = self.workers[name]
        delay = self.random.uniform(0.0, HEARTBEAT_SECONDS if len(self.names) > 1 else 0.05)
        self.broker.loop.call_later(delay, self._told, worker, assignment, context=worker.process.context)

    def _told(self, worker: Worker, assignment: Assignment) -> None:
        if self._members.get(worker.process.name) is assignment:
            worker.tell(assignment)

    def _later(self, delay: float, act: Callable[[Worker], None], worker: Worker) -> None:
        self.broker.loop.in_world(delay, act, worker)

    def _appended(self) -> None:
        for worker in self.workers.values():
            if worker.told.partitions:
                worker.wake()
