"""The faults, each a small class: what it does to the market, and when it is over. Whatever it does, it undoes."""

import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import msgspec

from schemas.messages.market_inputs import ChangeSettings, MarketSettings, SetHalt
from schemas.rejections import Rejection
from streams.durable.dying import Exit
from tests.chaos.planting import Place
from tests.chaos.stage import REPLICAS, WORKERS, Stage
from tests.rehearsal_rules import REHEARSED

PAUSE_SECONDS: Final = 20.0
"""Longer than a session (6 s), so that another worker has taken over when the paused one wakes."""
STOPPED_SECONDS: Final = 4.0
"""Eight windows without a tick: the market stands still."""
RESENT: Final = 500
"""Last inputs of the market that are written once more, one after the other."""
COPIES: Final = 100
HOUR: Final = 3_600

SERVICE_UNAVAILABLE: Final = 503


class NotHere(Exception):  # noqa: N818 -- nothing went wrong
    """This fault cannot be played on this machine, or not on this market: why."""


Choose = Callable[[Stage], str]
"""Names a process."""


class Fault(Protocol):
    """Something that happens to a market."""

    def strike(self, stage: Stage) -> str:
        """Do it, wait until it has happened, and undo what does not end by itself. Who it was that it happened to."""


def active(kind: str) -> Choose:
    return lambda stage: stage.active(kind)


def idle(kind: str) -> Choose:
    return lambda stage: stage.idle(kind)


def leader(stage: Stage) -> str:
    return stage.leader()


def any_of(kind: str) -> Choose:
    names = REPLICAS if kind == "api" else WORKERS.get(kind, (kind,))
    return lambda stage: stage.chance.choice(names)


@dataclass(frozen=True)
class Kill:
    """SIGKILL at no chosen moment."""

    choose: Choose

    def strike(self, stage: Stage) -> str:
        name = self.choose(stage)
        pid = stage.kill(name)
        stage.until_started_again(name, pid=pid)
        return name


@dataclass(frozen=True)
class KillAll:
    """SIGKILL of several at one moment, as when a machine goes down."""

    names: tuple[str, ...]

    def strike(self, stage: Stage) -> str:
        pids = {name: stage.pid(name) for name in self.names}
        for name in pids:
            stage.kill(name)
        for name, pid in pids.items():
            stage.until_started_again(name, pid=pid)
        return f"{len(pids)} processes"


@dataclass(frozen=True)
class PlantedKill:
    """SIGKILL by its own hand, at a place in its work."""

    choose: Choose
    place: Place

    def strike(self, stage: Stage) -> str:
        name = self.choose(stage)
        pid = stage.pid(name)
        armed = stage.signal(pid, self.place)
        stage.until_started_again(name, pid=pid)
        if armed:
            stage.count_kill(name)
        return name


@dataclass(frozen=True)
class Terminate:
    """SIGTERM: it is asked to stop."""

    choose: Choose

    def strike(self, stage: Stage) -> str:
        name = self.choose(stage)
        pid = stage.pid(name)
        stage.signal(pid, signal.SIGTERM)
        stage.until_started_again(name, pid=pid)
        return name


@dataclass(frozen=True)
class Pause:
    """SIGSTOP of some at once, wherever they are just now, and SIGCONT when every session of theirs is over."""

    choose: tuple[Choose, ...]

    def strike(self, stage: Stage) -> str:
        names = [choose(stage) for choose in self.choose]
        stopped = [pid for pid in map(stage.pid, names) if stage.stop(pid, signal.SIGSTOP)]
        woken_at = time.monotonic() + PAUSE_SECONDS
        stage.wait(lambda: time.monotonic() >= woken_at, "the pause was over")
        for pid in stopped:
            stage.signal(pid, signal.SIGCONT)
        return ", ".join(names)


@dataclass(frozen=True)
class PauseTheOwner:
    """SIGSTOP of a worker that owns shards, and SIGCONT when another one has opened them all. Then it is the broker that fences
    it, and no limit of its own. Just before a commit it must be so; paused elsewhere, it may hear first that it owns nothing.
    """

    kind: str
    place: Place | None = None
    """None: wherever it is just now."""

    def strike(self, stage: Stage) -> str:
        name, pid = self._stopped(stage)
        said, owned = stage.said_so_far(), set(stage.shards_of(pid))
        others = [other for other in WORKERS[self.kind] if other != name]
        stage.wait(
            lambda: owned <= {shard for other in others for shard in stage.shards_of(stage.pid(other))},
            f"another worker had opened the shards {owned} of {name}",
        )
        woken_at = time.time()
        stage.signal(pid, signal.SIGCONT)
        fenced = f"{name} ended with exit code {Exit.FENCED.value}"
        if self.place is None and not self._is_over(stage, name, pid, woken_at):
            return f"{name}, which went on without a shard"
        stage.wait(lambda: stage.said(f"{name} ended", after=said), f"{name} ended")
        assert stage.said(fenced, after=said), f"{name} was to be fenced:\n{stage.output_after(said)}"
        stage.until_started_again(name, pid=pid)
        return name

    def _stopped(self, stage: Stage) -> tuple[str, int]:
        """The worker that stands still. One that ends meanwhile owned its shards no more: then another does."""
        while True:
            name = stage.active(self.kind)
            pid = stage.pid(name)
            if not stage.make_patient(pid):
                continue
            patient_at = time.monotonic()
            stage.wait(lambda at=patient_at: stage.watch.ticks[-1].seen_at > at + 1, "a tick came")  # type: ignore[misc]
            if stage.stop(pid, signal.SIGSTOP if self.place is None else self.place):
                return name, pid

    def _is_over(self, stage: Stage, name: str, pid: int, woken_at: float) -> bool:
        """Whether it ended. Else it has joined its group anew."""
        joined = stage.folder.shards(pid)
        stage.wait(
            lambda: stage.stack.processes().get(name) != pid or joined.stat().st_mtime > woken_at,
            f"{name} noticed what has happened",
        )
        return stage.stack.processes().get(name) != pid


@dataclass(frozen=True)
class SecondOfOneName:
    """Another worker with the same identity. The two throw each other out, until the one that nobody restarts is gone."""

    kind: str

    def strike(self, stage: Stage) -> str:
        name = stage.active(self.kind)
        worker_id = "0" if name == self.kind else "0-2"
        with stage.another(self.kind, worker_id=worker_id) as guest:
            pid = stage.pid(name)
            stage.wait(lambda: stage.shards_of(guest.pid) or guest.poll() is not None, "the guest was given a shard")
            stage.wait(
                lambda: guest.poll() is not None or stage.pid(name) != pid, "one of the two with one name was fenced"
            )
        return name


@dataclass(frozen=True)
class JoinAndLeave:
    """One worker more, and then one less: shards move there and back."""

    kind: str

    def strike(self, stage: Stage) -> str:
        with stage.another(self.kind, worker_id="guest") as guest:
            stage.wait(lambda: stage.folder.shards(guest.pid).exists(), "the guest joined")
            moved = stage.shards_of(guest.pid)
            guest.terminate()
            stage.wait(lambda: guest.poll() is not None, "the guest left")
        return f"{self.kind}, shards {moved or 'none'}"


@dataclass(frozen=True)
class Gone:
    """SIGKILL, and nobody starts it again for a while."""

    choose: Choose
    seconds: float

    def strike(self, stage: Stage) -> str:
        name = self.choose(stage)
        with stage.held(name):
            pid = stage.kill(name)
            back_at = time.monotonic() + self.seconds
            stage.wait(lambda: time.monotonic() >= back_at, f"{name} was gone long enough")
        stage.until_started_again(name, pid=pid)
        return name


@dataclass(frozen=True)
class TwoBrokersGone:
    """Of three, the leader among them: nothing can be acknowledged, so the market must stop, until one is back. Each replica
    says 503 to a new order.
    """

    def strike(self, stage: Stage) -> str:
        leader = stage.leader()
        other = next(name for name in stage.brokers if name != leader)
        with stage.held(leader), stage.held(other):
            pids = {name: stage.kill(name) for name in (leader, other)}
            gone_at = time.monotonic()
            stage.wait(
                lambda: time.monotonic() - max(gone_at, stage.watch.ticks[-1].seen_at) > STOPPED_SECONDS,
                "the market stopped",
            )
            stopped_at = time.monotonic()
            stage.wait(
                lambda: stage.players.answered(SERVICE_UNAVAILABLE, since=stopped_at) == set(range(len(REPLICAS))),
                "each replica answered 503",
            )
        for name, pid in pids.items():
            stage.until_started_again(name, pid=pid)
        return f"{leader} and {other}"


@dataclass(frozen=True)
class Failover:
    """SIGKILL of the active worker, which stays down until the standby ticks."""

    kind: str

    def strike(self, stage: Stage) -> str:
        name, standby = stage.active(self.kind), stage.idle(self.kind)
        with stage.held(name):
            killed_at = time.monotonic()
            pid = stage.kill(name)
            stage.wait(
                lambda: (
                    stage.active(self.kind) == standby
                    and stage.watch.ticks[-1].seen_at > killed_at + 1
                    and not stage.watch.ticks[-1].stale
                ),
                f"{standby} took over",
            )
        stage.until_started_again(name, pid=pid)
        return f"{name} to {standby}"


@dataclass(frozen=True)
class DiskFull:
    """No room is left on the broker's disk, until somebody makes some."""

    def strike(self, stage: Stage) -> str:
        if not stage.disk.is_mount() or len(stage.brokers) > 1:
            raise NotHere("there is no small disk (root may mount one), or there are other brokers")
        filler, said = stage.disk / "filler", stage.said_so_far()
        try:
            _fill(filler)
            filled_at = time.monotonic()
            stage.wait(
                lambda: time.monotonic() - max(filled_at, stage.watch.ticks[-1].seen_at) > STOPPED_SECONDS,
                "the market stopped",
            )
            stage.wait(lambda: stage.said("kafka ended", after=said), "it was said that Kafka ended")
        finally:
            filler.unlink(missing_ok=True)
        return "kafka"


@dataclass(frozen=True)
class Copies:
    """One order a hundred times at once, through both replicas."""

    def strike(self, stage: Stage) -> str:
        stage.send_copies(COPIES)
        return f"{COPIES} copies"


@dataclass(frozen=True)
class SentAgain:
    """The last inputs of the market once more: orders, reports, marks, openings, whatever they were."""

    def strike(self, stage: Stage) -> str:
        inputs = stage.read_back(RESENT)
        stage.send(*inputs)
        return f"{len(inputs)} inputs"


@dataclass(frozen=True)
class WrongClock:
    """Processes whose clocks are wrong by so many seconds, until they are right again: each time they are killed for it."""

    clocks: tuple[tuple[Choose, int], ...]

    def strike(self, stage: Stage) -> str:
        seconds = {choose(stage): seconds for choose, seconds in self.clocks}
        for name, wrong_by in seconds.items():
            stage.folder.clock(name).write_text(str(wrong_by))
        try:
            _start_again(stage, *seconds)
            stage.until_well(since=time.monotonic())
        finally:
            for name in seconds:
                stage.folder.clock(name).unlink()
        _start_again(stage, *seconds)
        return ", ".join(seconds)


@dataclass(frozen=True)
class SettingsChange:
    """Other settings under load, and back again."""

    def strike(self, stage: Stage) -> str:
        assert stage.watch.last is not None
        before = stage.watch.last.settings
        other = msgspec.structs.replace(
            before, fee_bp=before.fee_bp + 100, largest_order_bp=before.largest_order_bp // 2
        )
        try:
            _change(stage, other)
        finally:
            _change(stage, before)
        return f"fee {before.fee_bp} to {other.fee_bp} basis points and back"


@dataclass(frozen=True)
class RulesSwitch:
    """Another version of the rules under load, and back again. The workers and the audit know the version that is rehearsed."""

    def strike(self, stage: Stage) -> str:
        assert stage.watch.last is not None
        before = stage.watch.last.settings
        try:
            _change(stage, msgspec.structs.replace(before, rules=REHEARSED))
            decided_before = len(stage.watch.outcomes)
            stage.wait(lambda: len(stage.watch.outcomes) > decided_before, "orders were decided by the other rules")
        finally:
            _change(stage, before)
        return f"version {before.rules} to {REHEARSED} and back"


@dataclass(frozen=True)
class Halt:
    """The whole market is halted while orders are pending: each of them is rejected, and says so."""

    def strike(self, stage: Stage) -> str:
        halted_at = time.monotonic()
        try:
            _set_halt(stage, halted=True)
            stage.wait(lambda: _rejected_since(stage, Rejection.HALTED, halted_at), "an order was rejected HALTED")
        finally:
            _set_halt(stage, halted=False)
        return "the market"


def _start_again(stage: Stage, *names: str) -> None:
    pids = {name: stage.kill(name) for name in names}
    for name, pid in pids.items():
        stage.until_started_again(name, pid=pid)


def _change(stage: Stage, settings: MarketSettings) -> None:
    stage.give(
        lambda: ChangeSettings(
            v=1, command_id=secrets.token_hex(16), at=_now(), by="chaos", reason="another setting", settings=settings
        ),
        until=lambda: stage.watch.last is not None and stage.watch.last.settings == settings,
        what="a tick had the other settings",
    )


def _set_halt(stage: Stage, *, halted: bool) -> None:
    stage.give(
        lambda: SetHalt(
            v=1, command_id=secrets.token_hex(16), at=_now(), by="chaos", reason="a halt", biome=None, halted=halted
        ),
        until=lambda: stage.watch.last is not None and stage.watch.last.halted is halted,
        what=f"halted is {halted}",
    )


def _now() -> int:
    return time.time_ns() // 1_000_000


def _rejected_since(stage: Stage, code: Rejection, moment: float) -> bool:
    return any(
        outcome[-1] == code
        for order in reversed(stage.players.orders)
        if order.placed_at > moment
        for outcome in order.outcomes
    )


def _fill(file: Path) -> None:
    """Take all room that is left: MiB by MiB, then what is less."""
    with file.open("wb", buffering=0) as filler:
        with suppress(OSError):
            while True:
                os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), 1024 * 1024)
        with suppress(OSError):
            filler.seek(0, os.SEEK_END)
            while True:
                filler.write(b"x" * 4096)
