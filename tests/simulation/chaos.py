"""What goes wrong, and how often. Each episode draws its own kinds and rates, so that some see one fault alone, and others
all of them on top of each other.
"""

from collections import deque
from collections.abc import Callable, Collection
from random import Random
from typing import TYPE_CHECKING, Final

from schemas.topics import ATTENTION_PINGS, ATTENTION_STATE, MARKET_INPUTS, MARKET_STATE
from streams.durable.changelog import LOAD_LIMIT_SECONDS
from tests.simulation.broker import TRANSACTION_TIMEOUT_SECONDS, Later, Write
from tests.simulation.log import Partition
from tests.simulation.workers import Group, Sloppiness, Worker

if TYPE_CHECKING:
    from tests.simulation.world import World

WHILE_LOADING: Final = "while loading"
CRASH_POINTS: Final = (
    "before the sends",
    "after half of the sends",
    "before the commit",
    "committed, not told",
    "after the commit",
)
HOUR_MS: Final = 3_600_000
HAPPENS: Final = 0.7
"""That an episode has a kind of fault at all."""
OFTEN: Final = 0.2
"""A second, of each kind that an episode is limited to."""


class Chaos:
    """Draws one fault after the other, until it is told to stop."""

    def __init__(self, world: "World", random: Random, only: Collection[str]) -> None:
        """``only``: the kinds that happen, often, and no others; all by chance when there are none."""
        self._world = world
        self._random = random
        self._stopped = False
        self._strangers = 0
        self._crash_while_loading: set[str] = set()
        self._read: dict[Partition, deque[tuple[float, int]]] = {}
        """How far the auditor had read each changelog, and when."""
        self._kinds = self._draw_rates(only)
        network = world.broker.network
        network.slow = random.choice((0.0, 0.001, 0.004))
        network.lost = random.choice((0.0, 0.0002, 0.0005))
        network.failed = self._failed = random.choice((0.0, 0.0002, 0.0005))
        for group in world.groups:
            group.when_started = self._started
            group.sloppiness = Sloppiness(
                skips=random.choice((0.0, 0.1)), repeats=random.choice((0.0, 0.3)), leftovers=random.choice((0.0, 0.5))
            )
        self._next()

    def stop(self) -> None:
        """No more faults: what is paused wakes up, and the network heals."""
        self._stopped = True
        self._world.broker.network.heal()
        self._crash_while_loading.clear()
        for group in self._world.groups:
            group.sloppiness = Sloppiness()
            for worker in group.workers.values():
                worker.process.crash_point = None
                worker.process.steps_to_live = None

    def _draw_rates(self, only: Collection[str]) -> dict[Callable[[], None], float]:
        """How often each kind happens, a virtual second."""
        kinds: dict[Callable[[], None], float] = {
            self._crash: 0.06,
            self._crash_at_a_point: 0.1,
            self._crash_twice: 0.02,
            self._stop: 0.005,
            self._pause: 0.015,
            self._evict: 0.01,
            self._rebalance: 0.01,
            self._take_brokers_away: 0.003,
            self._fail_requests: 0.01,
            self._step_the_clock: 0.01,
            self._jump_an_hour: 0.0005,
            self._stranger_in_the_pings: 0.03,
            self._stranger_in_a_changelog: 0.004,
            self._echo: 0.15,
            self._flood: 0.0005,
            self._wrong_mark: 0.1,
            self._operate: 0.08,
            self._clean: 0.05,
        }
        if only:
            return {kind: OFTEN for kind in kinds if kind.__name__.strip("_") in only}
        return {
            kind: rate * 10 ** self._random.uniform(-0.5, 0.6)
            for kind, rate in kinds.items()
            if kind == self._clean or self._random.random() < HAPPENS
        }

    def _next(self) -> None:
        delay = self._random.expovariate(sum(self._kinds.values()))
        self._world.loop.in_world(delay, self._act)

    def _act(self) -> None:
        if self._stopped:
            return
        (kind,) = self._random.choices(list(self._kinds), weights=list(self._kinds.values()))
        kind()
        self._next()

    def _count(self, fault: str) -> None:
        self._world.faults[fault] += 1

    def _group(self) -> Group:
        return self._random.choice(self._world.groups)

    def _worker(self) -> Worker | None:
        """One that runs. The market's come more often: there is more to lose."""
        group = self._world.groups[0] if self._random.random() < 0.4 else self._group()
        worker = group.workers[self._random.choice(group.names)]
        return worker if worker.process.alive and not worker.process.paused else None

    def _crash(self) -> None:
        worker = self._worker()
        if worker is not None:
            worker.process.steps_to_live = self._random.randint(0, 300)

    def _crash_at_a_point(self) -> None:
        worker = self._worker()
        if worker is not None:
            worker.process.crash_point = self._random.choice(CRASH_POINTS)

    def _crash_twice(self) -> None:
        """Crashes, and the next incarnation once more, while it loads."""
        worker = self._worker()
        if worker is not None:
            worker.process.steps_to_live = 0
            self._crash_while_loading.add(worker.process.name)

    def _started(self, worker: Worker) -> None:
        if worker.process.name in self._crash_while_loading:
            self._crash_while_loading.remove(worker.process.name)
            worker.process.crash_point = WHILE_LOADING

    def _stop(self) -> None:
        worker = self._worker()
        if worker is not None and worker.told.partitions:
            self._count("SIGTERM")
            worker.stop()

    def _pause(self) -> None:
        worker = self._worker()
        if worker is None:
            return
        self._count("pause (SIGSTOP)")
        self._world.broker.tell(worker.process, "is paused")
        worker.process.pause()
        self._world.group_of(worker).paused(worker)
        self._world.loop.in_world(self._random.choice((0.3, 3.0, 8.0, 15.0, 25.0)), self._resume, worker)

    def _resume(self, worker: Worker) -> None:
        self._world.broker.tell(worker.process, "wakes up")
        worker.process.resume()
        self._world.group_of(worker).resumed(worker)

    def _evict(self) -> None:
        worker = self._worker()
        if worker is not None and len(self._world.group_of(worker).names) > 1:
            self._count("heartbeats lost: two owners")
            self._world.group_of(worker).evict(worker.process.name)

    def _rebalance(self) -> None:
        self._group().rebalance()

    def _take_brokers_away(self) -> None:
        self._count("brokers away")
        seconds = self._random.choice((0.5, 3.0, 10.0, 25.0))
        self._world.broker.tell("brokers", f"go away for {seconds} s")
        self._world.broker.network.away_until = self._world.loop.now + seconds

    def _fail_requests(self) -> None:
        """For a moment, requests fail without a word whether they were done."""
        self._count("requests fail for a moment")
        network = self._world.broker.network
        network.failed = 0.3
        self._world.loop.in_world(self._random.uniform(0.01, 1.0), self._restore)

    def _restore(self) -> None:
        self._world.broker.network.failed = 0.0 if self._stopped else self._failed

    def _step_the_clock(self) -> None:
        self._count("brokers' clock steps")
        self._world.broker.skew_ms += self._random.choice((-3_000, -700, -60, 40, 900, 4_000))

    def _jump_an_hour(self) -> None:
        """The API's clock follows some time later: orders are EXPIRED until then."""
        self._count("brokers' clock an hour wrong")
        self._world.broker.skew_ms += HOUR_MS
        self._world.loop.in_world(self._random.uniform(1.0, 20.0), self._api_follows)

    def _api_follows(self) -> None:
        self._world.workload.api_skew_ms = self._world.broker.skew_ms

    def _stranger_in_the_pings(self) -> None:
        """A game server that writes in a transaction, ends it or leaves it open: its marker is a hole."""
        topic = ATTENTION_PINGS.name
        log = self._random.choice(self._world.broker.topics[topic])
        value = self._random.choice(list(self._world.workload.meanings) or [b"nothing yet"])
        self._stranger(Write(log, None, value, ()))

    def _stranger_in_a_changelog(self) -> None:
        """Somebody who has no business there. What it wrote is never committed."""
        topic = self._random.choice((ATTENTION_STATE.name, MARKET_STATE.name))
        log = self._random.choice(self._world.broker.topics[topic])
        self._stranger(Write(log, b"high-water", b'{"next_offset":0,"rows":0,"digest":""}', ()), may_commit=False)

    def _stranger(self, write: Write, *, may_commit: bool = True) -> None:
        broker = self._world.broker
        self._strangers += 1
        name = f"stranger-{self._strangers}"
        epoch = broker.init(name)
        assert not isinstance(epoch, Later)
        broker.produce(name, epoch, [write])
        if self._random.random() < 0.2:
            self._count("stranger's transaction hangs")
            self._world.loop.in_world(TRANSACTION_TIMEOUT_SECONDS, lambda: None)
            return
        self._count("stranger's transaction")
        committed = may_commit and self._random.random() < 0.5
        self._world.loop.in_world(self._random.uniform(0.0, 3.0), lambda: broker.end(name, epoch, committed=committed))

    def _echo(self) -> None:
        topic = self._random.choice((ATTENTION_PINGS.name, MARKET_INPUTS.name, MARKET_INPUTS.name))
        if self._world.workload.echo(topic):
            self._count("input appended again")

    def _flood(self) -> None:
        self._count("flood of orders")
        self._world.workload.flood()

    def _wrong_mark(self) -> None:
        self._count("mark of a wrong clock")
        self._world.workload.wrong_mark()

    def _operate(self) -> None:
        self._world.workload.operate()

    def _clean(self) -> None:
        """The cleaner of the changelogs. The auditor has read what it removes, and so has every loader: what is younger than
        the longest load stays, as the topics' min.compaction.lag.ms has it. (With less, a worker that was fenced while it loaded
        finds rows of which the earlier ones were replaced after its end: seed 3000005 did.)
        """
        refold = self._world.auditor.refold
        now = self._world.loop.now
        for shard in (refold.market, *refold.attention):
            read = self._read.setdefault(shard.changelog.partition, deque())
            read.append((now, shard.changelog.position))
            while len(read) > 1 and read[1][0] < now - LOAD_LIMIT_SECONDS:
                read.popleft()
            if read[0][0] < now - LOAD_LIMIT_SECONDS:
                shard.changelog.partition.compact(keep_from=read[0][1])
