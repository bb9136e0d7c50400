"""One episode: brokers, workers, traffic and faults from one seed, and the auditor beside them."""

import contextlib
import logging
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from random import Random
from typing import Any, Final, NoReturn
from unittest.mock import patch

import structlog

from schemas.topics import MARKET_INPUTS, MARKET_TICKS, TOPICS
from streams.durable import dying
from streams.durable.dying import Exit
from streams.market import clock
from streams.market.core import window
from streams.market.core.rules import RULES
from tests.rehearsal_rules import rehearse
from tests.simulation.audit import Auditor
from tests.simulation.broker import EPOCH_MS, Broker
from tests.simulation.chaos import Chaos
from tests.simulation.log import Transaction
from tests.simulation.loop import START, ProcessEnded, SimulatedLoop, SimulatedProcess, current_process
from tests.simulation.network import Network
from tests.simulation.refold import Wrong
from tests.simulation.workers import NEVER_EXPECTED, Group, Worker, attention_kind, market_kind
from tests.simulation.workload import Workload

SETTLING_SECONDS: Final = 200.0
"""Once nothing goes wrong any more, everything has an outcome within this: sessions, timeouts and limits are shorter."""
ON_ITS_WAY_SECONDS: Final = 32.0
"""After which nothing that was sent or planned while things went wrong is still to come."""
QUIET_TICKS: Final = 5
"""That must follow then."""
ASK_SECONDS: Final = 1.0
LONGEST_TICK_SECONDS: Final = 60.0
"""On average."""
STILL_SECONDS: Final = 400.0
"""Virtual seconds without a tick, whatever goes wrong: faults end long before."""


class World:
    """An episode of so many ticks. ``run`` raises Wrong when anything is."""

    def __init__(self, seed: int, *, only: Collection[str] = ()) -> None:
        self.faults: Counter[str] = Counter()
        self.exits: Counter[str] = Counter()
        self.longest_gap = 0.0
        draw = Random(f"{seed}/shape")
        self.loop = SimulatedLoop(Random(f"{seed}/steps"))  # type: ignore[abstract]
        shards = draw.choice((1, 1, 2, 2, 4))
        self.broker = Broker(self.loop, Network(Random(f"{seed}/network"), self.faults), TOPICS, shards=shards)
        self.workload = Workload(self.broker, Random(f"{seed}/workload"))
        self.auditor = Auditor(self.broker.topics, self.workload.shard_of, self.workload.meanings)
        self.workload.books = self.auditor.books
        self.most_orders = draw.choice((window.MOST_ORDERS, window.MOST_ORDERS, 40))
        self._last_tick_at = self.loop.now
        self._wrong: Wrong | None = None
        self._done: Callable[[], bool] = lambda: False
        self.broker.when_committed = self._committed
        self.loop.when_dead = self._dead
        self.loop.when_crashed = self._crashed
        with self.patched():
            self.groups = [
                Group(market_kind(), self.broker, Random(f"{seed}/market"), workers=draw.choice((1, 2))),
                Group(attention_kind(shards), self.broker, Random(f"{seed}/attention"), workers=draw.choice((1, 2, 2))),
            ]
            self.workload.begin()
        self.chaos = Chaos(self, Random(f"{seed}/chaos"), only)
        self.loop.in_world(ASK_SECONDS, self._ask_now_and_then)

    @property
    def ticks(self) -> int:
        """That became visible and were audited."""
        return self.auditor.books.ticks

    @property
    def virtual_seconds(self) -> float:
        return self.loop.now - START

    @property
    def inputs(self) -> int:
        """Of the market's log."""
        return self.broker.partition(MARKET_INPUTS.name).end

    def run(self, ticks: int) -> None:
        """So many ticks with faults; then none, until all has settled."""
        with self.patched():
            try:
                self._run_until(lambda: self.ticks >= ticks, "It takes too long.", ticks * LONGEST_TICK_SECONDS)
                self._settle()
            finally:
                self.loop.close_all()

    def _settle(self) -> None:
        self.broker.tell("world", "no more faults")
        self.chaos.stop()
        self.workload.stopped = True
        # Requests that were on their way, pauses and restarts come to an end first.
        over = self.loop.now + ON_ITS_WAY_SECONDS
        self._run_until(lambda: self.loop.now >= over, "Time stands still.", SETTLING_SECONDS)
        inputs = self.broker.partition(MARKET_INPUTS.name).end - 1
        self._run_until(lambda: self._has_folded(inputs), "It has not settled.", SETTLING_SECONDS)
        ticks = self.ticks
        self._run_until(lambda: self.ticks >= ticks + QUIET_TICKS, "It does not go on.", SETTLING_SECONDS)
        self._freeze_workers()
        self._run_until(self._is_quiet, "Its last transaction does not end.", SETTLING_SECONDS)
        self.auditor.finish()

    def _freeze_workers(self) -> None:
        """Nothing new begins: what is visible at the end can be held against the whole refold."""
        for worker in self._workers():
            worker.process.pause()

    def _run_until(self, done: Callable[[], bool], else_what: str, limit: float) -> None:
        """Run until this is so. It is asked after each tick, and every now and then."""
        self._done = done
        end = self.loop.now + limit
        self.loop.call_at(end, self.loop.stop, context=self.loop.world.context)
        while not done() and self._wrong is None and self.loop.now < end:
            self.loop.run()
        if self._wrong is not None:
            raise self._wrong
        if self.loop.now >= end:
            raise Wrong(f"{else_what} Virtual seconds: {limit:.0f}.")

    def _ask(self) -> None:
        if self.loop.now - self._last_tick_at > STILL_SECONDS:
            self._wrong = self._wrong or Wrong(f"The market stands still for {STILL_SECONDS:.0f} virtual seconds.")
        if self._wrong is not None or self._done():
            self.loop.stop()

    def _ask_now_and_then(self) -> None:
        self._ask()
        self.loop.in_world(ASK_SECONDS, self._ask_now_and_then)

    def _has_folded(self, offset: int) -> bool:
        latest = self.auditor.books.latest
        return latest is not None and latest["inputs"]["last"] >= offset

    def _is_quiet(self) -> bool:
        return not any(
            partition.end > partition.stable_end
            for partitions in self.broker.topics.values()
            for partition in partitions
        )

    def _workers(self) -> list[Worker]:
        return [worker for group in self.groups for worker in group.workers.values()]

    def group_of(self, worker: Worker) -> Group:
        return next(group for group in self.groups if worker.process.name in group.names)

    def _committed(self, transaction: Transaction) -> None:
        if not any(partition.topic == MARKET_TICKS.name for partition in transaction.partitions):
            return
        before = self.ticks
        try:
            self.auditor.look()
        except Wrong as wrong:
            self._wrong = wrong
        if self.ticks > before:
            self.longest_gap = max(self.longest_gap, self.loop.now - self._last_tick_at)
            self._last_tick_at = self.loop.now
        self._ask()

    def _crashed(self, process: SimulatedProcess) -> None:
        self.faults["crash at any step"] += 1
        self.broker.tell(process, "crashes at a step")

    def _dead(self, process: SimulatedProcess) -> None:
        if process.exit_status is not None:
            status = Exit(process.exit_status)
            self.exits[status.name] += 1
            self.broker.tell(process, f"ends itself: {status.name}")
            if status in NEVER_EXPECTED:
                self._wrong = self._wrong or Wrong(f"{process} ended itself with {status.name}.")
        worker = next((one for one in self._workers() if one.process is process), None)
        if worker is not None:
            self.group_of(worker).ended(worker)

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        """The clock of the wall, the end of the process and the log are this world's."""
        log = structlog.get_config()
        structlog.configure(
            processors=[self._tell],
            wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
            cache_logger_on_first_use=False,
        )
        with (
            patch.object(clock, "time", _WallClock(self)),
            patch.object(dying, "_leave", _leave),
            patch.object(dying, "_leave_soon", lambda _status: None),
            patch.object(window, "MOST_ORDERS", self.most_orders),
            patch.dict(RULES),
        ):
            rehearse()
            try:
                yield
            finally:
                structlog.configure(**log)

    def _tell(self, _logger: Any, _method: str, event: Any) -> NoReturn:
        if not current_process().alive:
            raise structlog.DropEvent  # its code unwinds
        fault = event.pop("exc_info", None)
        if fault:
            event["trace"] = traceback.format_exc()
        self.broker.tell(current_process(), " ".join(f"{key}={value}" for key, value in event.items()))
        raise structlog.DropEvent


class _WallClock:
    """In place of the module ``time`` in the market's clock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def time_ns(self) -> int:
        return (EPOCH_MS + int(self._world.loop.now * 1_000)) * 1_000_000


def _leave(status: Exit) -> NoReturn:
    """In place of the end of the real process."""
    current_process().die(int(status))
    raise ProcessEnded
