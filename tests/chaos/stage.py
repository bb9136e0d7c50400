"""The market on which faults are played: two workers of a kind where there can be two, players, and who watches them."""

import asyncio
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from ops import directories
from ops.postgres import Postgres
from schemas.decoding import encode
from schemas.messages.fields import Message
from schemas.topics import MARKET_INPUTS
from streams.durable.kafka import Kafka
from tests.background import BackgroundLoop
from tests.chaos.changelogs import Changelogs
from tests.chaos.planting import FOLDER_VARIABLE, NAME_VARIABLE, PATIENT, Folder
from tests.chaos.players import Players
from tests.chaos.verdicts import Verdicts
from tests.chaos.watching import Watch
from tests.stack import Stack, state_of, wait_until

WORKERS: Final = {"attention": ("attention", "attention-2"), "market": ("market", "market-2"), "history": ("history",)}
REPLICAS: Final = ("api", "api-2")
NAMES: Final = frozenset(
    {"kafka", "postgres", "auditor", "bots", *REPLICAS, *(name for names in WORKERS.values() for name in names)}
)
RECOVERY_SECONDS: Final = 240.0
"""Longest until everything works again after a fault: a broker that was gone for a minute, on a busy machine."""
SETTLING_SECONDS: Final = 150.0
"""Until the last order of a player was asked about for the last time."""
AUDIT_SECONDS: Final = 600.0
AGAIN_SECONDS: Final = 10.0
"""Until a command is given again: its deadline."""
ENDED: Final = frozenset("ZX")
"""States of a process that is none any more."""
DISK_MIB: Final = 768
"""Of Kafka's data, on a disk of its own that can be filled: sparse files, so an hour of chaos takes a third of it."""
LAST_WORDS: Final = 3_000
"""Characters of what `biome up` said, shown when a condition does not come true."""
PLAYERS: Final = 4
BOTS: Final = 2
SHARDS: Final = 3
"""Among two workers, and one more for a guest: each costs two transactions a second, on a machine that has enough to do."""
_ROOT: Final = Path(__file__).parents[2]


PORTS: Final = 12
Ports = tuple[int, int, int, int]
"""Of Kafka, its controller (two further ones for each further broker), PostgreSQL and the first API replica; the second takes
the next."""


def ports_from(first: int) -> Ports:
    """The ports of a stage: ``PORTS`` of them from the first on."""
    return first, first + 1, first + 9, first + 10


def free_ports() -> Ports:
    return ports_from(directories.free_ports(PORTS))


class ChaosStack(Stack):
    """A market whose programs can be held back and die where they are told."""

    module = "tests.chaos.up"
    command = "tests.chaos.worker"


class Stage:
    """A running market, and everything that is needed to hurt it and to see what came of it."""

    def __init__(self, folder: Path, *, cache_dir: Path, ports: Ports, seed: int, brokers: int = 1) -> None:
        self.chance = random.Random(seed)
        """For faults alone, so that a seed chooses the same ones."""
        self.folder = Folder(folder / "chaos")
        settings = {
            "BIOME_ATTENTION_SHARDS": str(SHARDS),
            "BIOME_ATTENTION_WORKERS": "2",
            "BIOME_MARKET_WORKERS": "2",
            "BIOME_API_REPLICAS": "2",
            "BIOME_LOG_FORMAT": "json",
            FOLDER_VARIABLE: str(self.folder.path),
            "PYTHONPATH": str(_ROOT),
        }
        self.stack = ChaosStack(folder, cache_dir=cache_dir, ports=ports, bots=BOTS, brokers=brokers, settings=settings)
        self.urls = [f"http://127.0.0.1:{ports[3] + number}" for number in range(len(REPLICAS))]
        self.watch = Watch(self.stack.bootstrap)
        self.players = Players(self.urls, count=PLAYERS, chance=random.Random(seed))
        self.brokers = ["kafka", *(f"kafka-{number}" for number in range(2, brokers + 1))]
        self.kills: Counter[str] = Counter()
        """SIGKILLs of processes, by kind."""
        self.disk = folder / "kafka" / "data"
        self._changelogs = Changelogs(self.stack.bootstrap, attention_shards=SHARDS)
        self.verdicts = Verdicts(self.stack.bootstrap)
        self._background = BackgroundLoop()
        self._going_on: list[Future[None]] = []
        self._told = (0, 0)
        """How many of the faults that the watch and the players found were told already."""

    @contextmanager
    def running(self) -> Iterator["Stage"]:
        """Up, with everybody in place; and gone again."""
        with _small_disk(self.disk), ExitStack() as leaving:
            leaving.callback(self._background.close)
            leaving.callback(self.stack.kill)
            self.stack.up()
            leaving.callback(self._stop_what_goes_on)
            self._going_on = [self._background.begin(work) for work in (self.watch.run(), self.players.run())]
            self.until_well(since=time.monotonic())
            yield self

    def _stop_what_goes_on(self) -> None:
        for work in self._going_on:
            work.cancel()
        self._background.run(self.players.close())

    # What runs

    def pid(self, name: str) -> int:
        """Of a program that may just be starting again."""
        running: dict[str, int] = {}

        def runs() -> bool:
            running.update(self.stack.processes())
            return name in running

        self.wait(runs, f"{name} runs")
        return running[name]

    def shards_of(self, pid: int) -> str:
        """The partitions that a worker owns; nothing before it joined."""
        with suppress(FileNotFoundError):
            return self.folder.shards(pid).read_text()
        return ""

    def active(self, kind: str) -> str:
        """The name of a worker that owns a shard. Of two that believe it, the one that was given it last."""
        names = WORKERS.get(kind, (kind,))
        owners = [name for name in names if self.shards_of(self.pid(name))]
        return max(owners, key=lambda name: self.folder.shards(self.pid(name)).stat().st_mtime, default=names[0])

    def idle(self, kind: str) -> str:
        """The name of the other worker of this kind."""
        active = self.active(kind)
        return next(name for name in WORKERS[kind] if name != active)

    def leader(self) -> str:
        """The name of the broker that leads the market's log."""

        async def ask() -> int:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.stack.bootstrap)
            await admin.start()
            try:
                (topic,) = await admin.describe_topics([MARKET_INPUTS.name])
                return int(topic["partitions"][0]["leader"])
            finally:
                await admin.close()

        return self.brokers[self._background.run(ask()) - 1]

    # What is done to it

    def kill(self, name: str) -> int:
        """SIGKILL. The process id that it had."""
        pid = self.pid(name)
        if self.signal(pid, signal.SIGKILL):
            self.count_kill(name)
        return pid

    def signal(self, pid: int, number: int) -> bool:
        """Whether it was still there: it may just have ended by itself."""
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def make_patient(self, pid: int) -> bool:
        """Have no limit of its own end a worker, from its next wait for a broker on. Whether it was still there."""
        if not self.signal(pid, PATIENT):
            return False
        self.wait(lambda: self.folder.patient(pid).exists() or state_of(pid) in ENDED, f"process {pid} became patient")
        return self.folder.patient(pid).exists()

    def stop(self, pid: int, number: int) -> bool:
        """A signal that stops a process, now or at a place in its work. Whether it stands still; else it has ended."""
        if not self.signal(pid, number):
            return False
        self.wait(lambda: state_of(pid) in {"T", *ENDED}, f"process {pid} stood still")
        return state_of(pid) == "T"

    def count_kill(self, name: str) -> None:
        self.kills[name.partition("-")[0]] += 1

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """A program that ends does not start again meanwhile."""
        hold = self.folder.hold(name)
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()

    @contextmanager
    def another(self, kind: str, *, worker_id: str) -> Iterator["subprocess.Popen[bytes]"]:
        """One more worker, which nobody supervises."""
        name = f"{kind}-guest"
        environment = {**self.stack.environment, "BIOME_WORKER_ID": worker_id, NAME_VARIABLE: name}
        environment["BIOME_DATABASE_URL"] = self.database_url
        with (self.stack.folder / "logs" / f"{name}.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker", "run", kind],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()

    @property
    def database_url(self) -> str:
        return Postgres(self.stack.folder / "postgres", port=int(self.stack.environment["BIOME_POSTGRES_PORT"])).url

    def send(self, *messages: Message | bytes) -> None:
        """Write into market.inputs, as the admin would, one after the other."""

        async def send() -> None:
            producer = AIOKafkaProducer(bootstrap_servers=self.stack.bootstrap, acks="all", enable_idempotence=True)
            await producer.start()
            try:
                values = [message if isinstance(message, bytes) else encode(message) for message in messages]
                await asyncio.gather(*[await producer.send(MARKET_INPUTS.name, value) for value in values])
            finally:
                await producer.stop()

        self._background.run(send())

    def read_back(self, count: int) -> list[bytes]:
        """The last so many inputs of the market."""

        async def read() -> list[bytes]:
            place = TopicPartition(MARKET_INPUTS.name, 0)
            async with Kafka(self.stack.bootstrap).log_reader() as consumer:
                end = (await consumer.end_offsets([place]))[place]
                consumer.assign([place])
                consumer.seek(place, max(0, end - count))
                values: list[bytes] = []
                while await consumer.position(place) < end:
                    for record in (await consumer.getmany(place, timeout_ms=500)).get(place, ()):
                        values += [record.value] if record.value is not None else []
                return values

        return self._background.run(read())

    def send_copies(self, count: int) -> None:
        """One order, so many times at once through both replicas."""
        self._background.run(self.players.copies(count))

    # Whether it is well

    def said_so_far(self) -> int:
        """Characters that `biome up` has said."""
        return len(self.stack.output())

    def output_after(self, said: int) -> str:
        """What `biome up` has said after so many characters."""
        return self.stack.output()[said:]

    def said(self, words: str, *, after: int) -> bool:
        """Whether `biome up` has said these words after so many characters."""
        return words in self.output_after(after)

    def wait(self, condition: Callable[[], object], what: str, *, seconds: float = RECOVERY_SECONDS) -> None:
        try:
            wait_until(condition, seconds=seconds, what=what)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.stack.output()[-LAST_WORDS:]}") from None

    def give(self, command: Callable[[], Message], *, until: Callable[[], object], what: str) -> None:
        """Give a command, and wait until a tick shows it. One that no tick took in within its deadline is refused EXPIRED: it is
        given again, under another id.
        """
        given_at = float("-inf")

        def is_so() -> bool:
            nonlocal given_at
            if until():
                return True
            if time.monotonic() - given_at > AGAIN_SECONDS:
                self.send(command())
                given_at = time.monotonic()
            return False

        self.wait(is_so, what)

    def until_started_again(self, name: str, *, pid: int) -> None:
        self.wait(lambda: self.stack.processes().get(name, pid) != pid, f"{name} was started again")

    def until_well(self, *, since: float) -> None:
        """Everything runs and every worker has joined its group; a tick that fills orders came, every replica shows it, and
        players learn what became of orders that they placed after that moment.
        """
        self.wait(self._have_joined, "all processes live and every worker has joined its group")
        now = time.monotonic()
        self.wait(lambda: self._fills_since(max(since, now)), "a tick filled orders")
        tick = self.watch.ticks[-1].tick
        self.wait(lambda: all(self.stack.tick(url) >= tick for url in self.urls), f"every replica showed tick {tick}")
        self.wait(lambda: self.players.told_since(max(since, now)), "players were told of new orders")

    def found(self) -> list[str]:
        """What anybody has found since the last call."""
        changelogs = self._background.run(self._changelogs.check())
        verdicts = self._background.run(self.verdicts.check())
        for work in self._going_on:
            if work.done():
                work.result()
        told, self._told = self._told, (len(self.watch.faults), len(self.players.faults))
        return [*self.watch.faults[told[0] :], *self.players.faults[told[1] :], *changelogs, *verdicts]

    def found_through(self, tick: int) -> list[str]:
        """The same, once the auditor has verified that tick, or somebody has found something."""
        found: list[str] = []

        def looked() -> bool:
            found.extend(self.found())
            return bool(found) or self.verdicts.verified >= tick

        self.wait(looked, f"the auditor verified tick {tick}")
        return found

    def settle(self) -> list[str]:
        """No more orders; those that are open come to their end. What is wrong then."""
        self.players.leave()
        self.wait(lambda: not self.players.open, "every order was asked about to its end", seconds=SETTLING_SECONDS)
        found = self.found_through(self.watch.ticks[-1].tick)
        for order in self.players.orders:
            outcomes = self.watch.outcomes.get(order.order_id or "", [])
            if not outcomes:
                found.append(f"order {order.key} of {order.player} has no outcome in trade.events: {order.told}")
        return found

    def audit(self) -> list[str]:
        """`biome audit`: what it says when the books are not exact."""
        audit = self.stack.run("audit", seconds=AUDIT_SECONDS)
        return (
            [] if audit.returncode == 0 else [f"biome audit ends with {audit.returncode}:", audit.stdout, audit.stderr]
        )

    def _have_joined(self) -> bool:
        running = self.stack.processes()
        return (
            running.keys() >= {*NAMES, *self.brokers}
            and all(map(_lives, running.values()))
            and all(self.folder.shards(running[name]).exists() for name in (*WORKERS["attention"], *WORKERS["market"]))
        )

    def _fills_since(self, moment: float) -> bool:
        ticks = self.watch.ticks
        return bool(ticks) and ticks[-1].seen_at > moment and not ticks[-1].stale


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own, where this user may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={DISK_MIB}m,mode=755"
    mounted = (
        os.geteuid() == 0
        and shutil.which("mount") is not None
        and (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, f"biome-{secrets.token_hex(4)}", str(folder)],
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )
    )
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
