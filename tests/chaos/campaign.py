"""Faults one after the other, chosen at random from a seed, and what came of them."""

import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from traceback import format_exception
from typing import Final

from tests.chaos import faults
from tests.chaos.faults import Fault, NotHere, active, any_of, idle
from tests.chaos.planting import Place
from tests.chaos.stage import REPLICAS, WORKERS, Stage
from tests.chaos.watching import Gap

AUDIT_EVERY: Final = 10
"""Faults between two audits of everything from the first input on; ticks, changelogs and answers are checked after each."""
EVIDENCE_LINES: Final = 50


@dataclass(frozen=True)
class Kind:
    """A fault, and how often it is chosen."""

    fault: Fault
    weight: int = 1


OURS: Final = (*(name for names in WORKERS.values() for name in names), *REPLICAS)
FAULTS: Final[Mapping[str, Kind]] = {
    "kill the market": Kind(faults.Kill(active("market")), 16),
    "kill the market halfway": Kind(faults.PlantedKill(active("market"), Place.HALFWAY), 16),
    "kill the market before its commit": Kind(faults.PlantedKill(active("market"), Place.BEFORE_THE_COMMIT), 16),
    "kill the market after its commit": Kind(faults.PlantedKill(active("market"), Place.AFTER_THE_COMMIT), 16),
    "kill the standby": Kind(faults.Kill(idle("market")), 6),
    "kill attention": Kind(faults.Kill(any_of("attention")), 16),
    "kill attention halfway": Kind(faults.PlantedKill(active("attention"), Place.HALFWAY), 12),
    "kill attention before its commit": Kind(faults.PlantedKill(active("attention"), Place.BEFORE_THE_COMMIT), 12),
    "kill attention after its commit": Kind(faults.PlantedKill(active("attention"), Place.AFTER_THE_COMMIT), 12),
    "kill history": Kind(faults.Kill(any_of("history")), 10),
    "kill history halfway": Kind(faults.PlantedKill(any_of("history"), Place.HALFWAY), 8),
    "kill history after its commit": Kind(faults.PlantedKill(any_of("history"), Place.AFTER_THE_COMMIT), 8),
    "kill an API": Kind(faults.Kill(any_of("api")), 8),
    "kill an API before it sends": Kind(faults.PlantedKill(any_of("api"), Place.BEFORE_THE_COMMIT), 8),
    "kill an API before it answers": Kind(faults.PlantedKill(any_of("api"), Place.AFTER_THE_COMMIT), 8),
    "kill PostgreSQL": Kind(faults.Kill(any_of("postgres")), 8),
    "kill the auditor": Kind(faults.Kill(any_of("auditor")), 4),
    "kill the bots": Kind(faults.Kill(any_of("bots"))),
    "kill Kafka": Kind(faults.Kill(any_of("kafka")), 8),
    "kill all workers": Kind(faults.KillAll(OURS), 12),
    "kill all workers, Kafka and PostgreSQL": Kind(faults.KillAll((*OURS, "kafka", "postgres")), 4),
    "stop the market": Kind(faults.Terminate(active("market")), 2),
    "stop attention": Kind(faults.Terminate(any_of("attention")), 2),
    "stop history": Kind(faults.Terminate(any_of("history"))),
    "stop an API": Kind(faults.Terminate(any_of("api"))),
    "pause the market": Kind(faults.PauseTheOwner("market")),
    "pause the market before its commit": Kind(faults.PauseTheOwner("market", Place.STOPPED_BEFORE_THE_COMMIT)),
    "pause the standby": Kind(faults.Pause((idle("market"),))),
    "pause attention": Kind(faults.PauseTheOwner("attention")),
    "pause attention before its commit": Kind(faults.PauseTheOwner("attention", Place.STOPPED_BEFORE_THE_COMMIT)),
    "pause history": Kind(faults.Pause((any_of("history"),))),
    "pause an API": Kind(faults.Pause((any_of("api"),))),
    "pause the standby, history and an API": Kind(faults.Pause((idle("market"), any_of("history"), any_of("api")))),
    "pause PostgreSQL": Kind(faults.Pause((any_of("postgres"),))),
    "pause Kafka": Kind(faults.Pause((any_of("kafka"),))),
    "two markets of one name": Kind(faults.SecondOfOneName("market")),
    "two attention workers of one name": Kind(faults.SecondOfOneName("attention")),
    "a market joins and leaves": Kind(faults.JoinAndLeave("market")),
    "an attention worker joins and leaves": Kind(faults.JoinAndLeave("attention")),
    "the standby takes over": Kind(faults.Failover("market"), 2),
    "the other attention worker takes over": Kind(faults.Failover("attention"), 2),
    "Kafka is gone for a minute": Kind(faults.Gone(any_of("kafka"), 60.0)),
    "PostgreSQL is gone": Kind(faults.Gone(any_of("postgres"), 20.0)),
    "an API is gone": Kind(faults.Gone(any_of("api"), 20.0)),
    "Kafka's disk is full": Kind(faults.DiskFull()),
    "a hundred copies of one order": Kind(faults.Copies(), 2),
    "inputs are sent again": Kind(faults.SentAgain(), 2),
    "the market's clock is an hour late": Kind(faults.WrongClock(((active("market"), -faults.HOUR),))),
    "the market's clock is an hour early": Kind(faults.WrongClock(((active("market"), faults.HOUR),))),
    "attention's clock is an hour wrong": Kind(faults.WrongClock(((active("attention"), faults.HOUR),))),
    "an API's clock is an hour wrong": Kind(faults.WrongClock(((any_of("api"), -faults.HOUR),))),
    "history's clock is an hour wrong": Kind(faults.WrongClock(((any_of("history"), faults.HOUR),))),
    "the clocks of attention, history and an API are an hour wrong": Kind(
        faults.WrongClock(
            ((active("attention"), faults.HOUR), (any_of("history"), -faults.HOUR), (any_of("api"), -faults.HOUR))
        )
    ),
    "other settings": Kind(faults.SettingsChange()),
    "other rules": Kind(faults.RulesSwitch()),
    "a halt with orders pending": Kind(faults.Halt()),
}


OF_THREE_BROKERS: Final[Mapping[str, Kind]] = {
    "kill the leader": Kind(faults.Kill(faults.leader), 6),
    "the leader is gone for a minute": Kind(faults.Gone(faults.leader, 60.0), 2),
    "two of three brokers are gone": Kind(faults.TwoBrokersGone(), 2),
}


ALL: Final = {**FAULTS, **OF_THREE_BROKERS}


@dataclass(frozen=True)
class Struck:
    """What came of a fault."""

    name: str
    whom: str
    gap: Gap
    well_after: float
    """Seconds from the fault until everything worked again."""
    stale_ticks: int
    found: list[str]

    def __str__(self) -> str:
        said = f"{self.name}: {self.whom}"
        return (
            f"{said:<66} no tick for {self.gap.seen:5.1f} s (log {self.gap.closed:5.1f} s), "
            f"well after {self.well_after:5.1f} s, {self.stale_ticks} stale ticks"
        )


def play(stage: Stage, name: str) -> Struck:
    """Let a fault happen, wait until everything works again and the auditor has verified it, and look for what is wrong."""
    began = time.monotonic()
    whom = ALL[name].fault.strike(stage)
    stage.until_well(since=time.monotonic())
    well_after = time.monotonic() - began
    return Struck(
        name=name,
        whom=whom,
        gap=stage.watch.gap(since=began),
        well_after=well_after,
        stale_ticks=stage.watch.stale_ticks(since=began),
        found=stage.found_through(stage.watch.ticks[-1].tick),
    )


class Campaign:
    """A run of faults; ``run`` says what happens, a line a fault."""

    def __init__(self, stage: Stage, *, only: Sequence[str], say: Callable[[str], None]) -> None:
        self._stage = stage
        self._say = say
        of_brokers = OF_THREE_BROKERS if len(stage.brokers) > 1 else {}
        self._names = [name for name in (*FAULTS, *of_brokers) if any(part in name for part in only)]
        self._struck: list[Struck] = []
        self._audits = 0
        self._found: list[str] = []

    def each(self) -> Iterator[str]:
        """Every fault once."""
        yield from self._names

    def at_random(self, *, seconds: float) -> Iterator[str]:
        """Faults by their weights, for so long."""
        weights = [ALL[name].weight for name in self._names]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            yield self._stage.chance.choices(self._names, weights)[0]

    def run(self, names: Iterable[str]) -> bool:
        """Let them happen, until one is found that the market did not survive: whether there was none."""
        try:
            for name in names:
                self._one(name)
                if self._found:
                    break
            self._found += self._stage.settle()
            self._audit()
        except Exception as stuck:  # noqa: BLE001 -- whatever it is, the evidence is kept and the table shown
            self._found.append("".join(format_exception(stuck)))
        self._tell()
        return not self._found

    def _one(self, name: str) -> None:
        try:
            struck = play(self._stage, name)
        except NotHere as why:
            self._say(f"{name}: skipped: {why}")
            return
        self._struck.append(struck)
        self._found += struck.found
        self._say(f"{time.strftime('%H:%M:%S')} {len(self._struck):4} {struck}")
        if len(self._struck) % AUDIT_EVERY == 0:
            self._audit()

    def _audit(self) -> None:
        began = time.monotonic()
        wrong = self._stage.audit()
        self._audits += 1
        self._found += wrong
        if not wrong:
            self._say(f"{time.strftime('%H:%M:%S')}      the audit is clean ({time.monotonic() - began:.1f} s)")

    def _tell(self) -> None:
        for line in _table(self._struck):
            self._say(line)
        stage = self._stage
        kills = ", ".join(f"{kind} {count}" for kind, count in sorted(stage.kills.items()))
        answered = sum(bool(told.status) for order in stage.players.orders for told in order.told)
        self._say(f"kills by SIGKILL: {stage.kills.total()} ({kills})")
        self._say(
            f"{len(self._struck)} faults, {len(stage.watch.ticks)} ticks, {len(stage.watch.outcomes)} orders decided, "
            f"{len(stage.players.orders)} of them by players who asked {stage.players.sent} times and were answered {answered} times; "
            f"{self._audits} audits; the auditor verified everything through tick {stage.verdicts.verified}"
        )
        for sentence in self._found[:EVIDENCE_LINES]:
            self._say(f"[WRONG] {sentence}")
        if self._found:
            self._say(f"The evidence is in {stage.stack.folder}: logs, and the data of Kafka and PostgreSQL.")
        self._say("Nothing was found." if not self._found else "The market did not survive: see above.")


def _table(struck: list[Struck]) -> list[str]:
    by_name: dict[str, list[Struck]] = defaultdict(list)
    for one in struck:
        by_name[one.name].append(one)
    lines = [f"{'fault':<44} {'times':>5} {'no tick for, p50':>17} {'max':>6} {'well after, p50':>16} {'max':>6}"]
    for name in ALL:
        if name in by_name:
            gaps = [one.gap.seen for one in by_name[name]]
            well = [one.well_after for one in by_name[name]]
            lines.append(
                f"{name:<44} {len(gaps):>5} {median(gaps):>15.1f} s {max(gaps):>4.1f} s {median(well):>14.1f} s {max(well):>4.1f} s"
            )
    return lines


def keep_evidence(data: Path, evidence: Path) -> None:
    """Copy what a market left, its small disk included, before that is gone."""
    shutil.copytree(data, evidence, dirs_exist_ok=True, ignore=shutil.ignore_patterns("lock"), symlinks=True)
