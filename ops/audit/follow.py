"""The auditor as a process (`biome run auditor`, `biome audit --follow`): beside a running market, for ever.

It says through which tick all is exact. When something differs it says what, halts trading once, and stays where it is
until an operator has looked and accepted the mismatch: nothing later is called verified before. That a broker, PostgreSQL or the
market is away or slow is a delay: it waits.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import structlog

from ops.audit.auditor import Auditor, Verdict
from ops.audit.database import Projected
from ops.audit.halting import halt_once
from ops.audit.logs import LogReader
from ops.audit.opening import auditor_of
from ops.audit.projection import ProjectionAudit
from ops.audit.rebasing import state_of_the_market
from ops.audit.resuming import FOLDER, newest_state
from ops.audit.snapshots import encode_snapshot, write_snapshot
from ops.audit.state import EVENTS, TICKS, AuditState, ProjectionPlace
from ops.audit.verdicts import Speaker, VerdictLog
from ops.directories import disk_trouble_told, lock_directory
from schemas.environment import Environment
from schemas.logs import configure_logging
from schemas.messages.audit_verdicts import Mismatch, Verified
from streams.durable.dying import Exit
from streams.durable.fold import CannotFoldError
from streams.following.until_told import run_until_told
from streams.following.verdicts import VERDICTS

WAIT_SECONDS: Final = 1.0
"""For the next tick, between two looks at what else there is."""
SAY_SECONDS: Final = 1.0
"""Between two words about what is verified."""
TELL_TICKS: Final = 1_200
"""Between two lines of log: ten minutes."""
RETRY_TICKS: Final = 60
"""After a comparison of accounts that could not be made."""
LOCK_SECONDS: Final = 30.0
"""For an auditor that is just stopping."""
AFTER_A_TICK_SECONDS: Final = 0.2
"""A tick is audited so much later than it comes: the market's readers and players, who wait for it, have the processors first."""
MOST_SENTENCES: Final = 20
LONGEST_SENTENCE: Final = 2_000

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def main(environment: Environment) -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging(environment, "auditor")
    refusals: list[str] = []
    try:
        asyncio.run(run_until_told(follow(environment)))
        log.info("auditor_stopped")
    except* CannotFoldError as group:  # in a group when it came up beside a halt
        refusals += _sentences(group)
    if refusals:
        log.error("auditor_ends_itself", why=" ".join(refusals))
        sys.exit(int(Exit.REFUSED))


async def follow(environment: Environment) -> None:
    """Audit for ever. Cancel it to stop.

    Raises:
        StartupProblem: another auditor works in the same folder.
        CannotFoldError: the log asks for rules that this code does not know.
    """
    folder = environment.data_dir.absolute() / FOLDER
    with disk_trouble_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = await lock_directory(folder, patience=LOCK_SECONDS)
    try:
        async with (
            Speaker(environment.kafka_bootstrap) as speaker,
            LogReader(environment.kafka_bootstrap, {VERDICTS: 0}, patient=True) as reader,
        ):
            await _Follower(environment, folder, speaker, VerdictLog(reader)).run()
    finally:
        os.close(lock)


class _Follower:
    def __init__(self, environment: Environment, folder: Path, speaker: Speaker, verdicts: VerdictLog) -> None:
        self._environment = environment
        self._bootstrap = environment.kafka_bootstrap
        self._folder = folder
        self._speaker = speaker
        self._verdicts = verdicts
        self._said_at = float("-inf")
        self._said = (0, 0)
        """The last tick that was called verified, of the market and of PostgreSQL."""
        self._saying: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._snapshot_due = 0
        self._accounts_due = 0
        self._accounts: Projected | None = None
        self._accepted_through = 0
        """What differs up to this tick was accepted before this process began."""

    async def run(self) -> None:
        said = await self._verdicts.read()
        if said.outstanding is not None:
            await self._wait_for_an_operator(said.outstanding)
        self._accepted_through = said.accepted_through
        state = await newest_state(self._bootstrap, self._folder, _warn, patient=True)
        self._snapshot_due = (0 if state is None else state.tick) + self._environment.audit_snapshot_ticks
        while True:
            log.info("auditing", after_tick=0 if state is None else state.tick)
            state = await self._follow_from(state)

    async def _follow_from(self, state: AuditState | None) -> AuditState | None:
        """Audit until something differs and an operator has accepted it. The state to go on from."""
        environment = self._environment
        place = ProjectionPlace() if state is None else state.projection
        self._accounts_due = (0 if state is None else state.tick) + environment.audit_snapshot_ticks
        self._accounts = None
        async with (
            ProjectionAudit(self._bootstrap, environment.database_url.get_secret_value(), place) as projection,
            auditor_of(self._bootstrap, state, window_ms=environment.window_ms, follows=True) as auditor,
        ):
            mismatch = await self._audit(auditor, projection)
            if not self._was_accepted(mismatch):
                await self._speaker.say(mismatch)
                await self._wait_for_an_operator(mismatch)
                self._accepted_through = 0  # from here on nothing was seen before
            self._snapshot_due = 0
            return await self._state_after(mismatch, auditor, projection)

    async def _audit(self, auditor: Auditor, projection: ProjectionAudit) -> Mismatch:
        """Audit tick after tick, until something differs."""
        faults = await auditor.open()
        if faults:
            return _mismatch(max(self._accepted_through, auditor.market.tick) + 1, faults, diverged=False)
        while True:
            keeps_up = not auditor.behind()
            if await auditor.wait(seconds=WAIT_SECONDS):
                if keeps_up:
                    await asyncio.sleep(AFTER_A_TICK_SECONDS)
                verdict = await auditor.next()
                if verdict.faults:
                    return _mismatch(verdict.tick, verdict.faults, diverged=verdict.diverged)
                await self._after(verdict, auditor, projection)
            projection.check()
            self._say(auditor, projection)
            if projection.faults:
                return _mismatch(projection.faulty_tick, projection.faults, diverged=False)
            faults = self._account_faults(auditor)
            if faults:
                return _mismatch(auditor.market.tick, faults, diverged=False)

    async def _after(self, verdict: Verdict, auditor: Auditor, projection: ProjectionAudit) -> None:
        if verdict.tick % TELL_TICKS == 0:
            log.info("verified", tick=verdict.tick, postgres=projection.place.tick)
        if verdict.tick >= self._snapshot_due and (self._writing is None or self._writing.done()):
            self._snapshot_due = verdict.tick + self._environment.audit_snapshot_ticks
            self._write(auditor, projection)
        if verdict.tick >= self._accounts_due and not auditor.behind():
            self._accounts = await projection.accounts(at_least=verdict.tick)
            self._accounts_due = verdict.tick + (
                RETRY_TICKS if self._accounts is None else self._environment.audit_snapshot_ticks
            )

    def _say(self, auditor: Auditor, projection: ProjectionAudit) -> None:
        """At most one word a second, and never two at a time: a broker that is away must not pile them up. None any more once
        PostgreSQL cannot be compared: what keeps it from that has to come up, and silence shows (``ops.up`` watches it).
        """
        last = auditor.market.chain.last
        if projection.is_broken or last is None or (last.tick.tick, projection.place.tick) == self._said:
            return
        if time.monotonic() - self._said_at < SAY_SECONDS or (self._saying is not None and not self._saying.done()):
            return
        self._said_at, self._said = time.monotonic(), (last.tick.tick, projection.place.tick)
        verified = Verified(
            v=1, tick=last.tick.tick, hash=last.hash, closed_at=last.tick.closed_at, postgres=projection.place.tick
        )
        self._saying = asyncio.create_task(self._speaker.say(verified))

    def _write(self, auditor: Auditor, projection: ProjectionAudit) -> None:
        """Write a snapshot in a thread of its own: compressing takes its time, and no turn of the event loop."""
        state = auditor.state()
        assert state is not None
        encoded = encode_snapshot(msgspec.structs.replace(state, projection=projection.place))
        self._writing = asyncio.create_task(self._write_in_thread(encoded, tick=state.tick, closed_at=state.closed_at))

    async def _write_in_thread(self, encoded: bytes, *, tick: int, closed_at: int) -> None:
        try:
            path = await asyncio.to_thread(write_snapshot, self._folder, encoded, tick=tick, closed_at=closed_at)
            log.info("snapshot_written", tick=tick, file=path.name, mib=round(path.stat().st_size / 2**20, 1))
        except OSError as fault:
            log.warning("snapshot_not_written", tick=tick, fault=str(fault))  # the audit goes on; the next one may fit

    def _account_faults(self, auditor: Auditor) -> list[str]:
        accounts = self._accounts
        if accounts is None or auditor.market.tick < accounts.tick:
            return []
        self._accounts = None
        return accounts.account_differences(auditor.market.books) if accounts.tick == auditor.market.tick else []

    async def _wait_for_an_operator(self, mismatch: Mismatch) -> None:
        for sentence in mismatch.found:
            log.error("mismatch", tick=mismatch.tick, found=sentence)
        log.error(
            "trading_is_to_be_halted",
            tick=mismatch.tick,
            then=f"Look (docs/operations.md, Auditing). `biome audit --accept {mismatch.tick}` lets the auditor go on.",
        )
        async with asyncio.TaskGroup() as both:  # a halt that fails ends the process, which tries again from the start
            halting = both.create_task(halt_once(self._bootstrap, self._speaker, mismatch))
            accepted = await self._verdicts.until_accepted(mismatch.tick)
            halting.cancel()
        log.warning("mismatch_accepted", tick=accepted.tick, by=accepted.by, reason=accepted.reason)

    def _was_accepted(self, mismatch: Mismatch) -> bool:
        """Whether an operator has accepted it before this process began: an acceptance covers all ticks up to its own, and
        what it covers comes up again on the way from the snapshot.
        """
        if mismatch.tick > self._accepted_through:
            return False
        log.info("accepted_before", tick=mismatch.tick, found=mismatch.found[0])
        return True

    async def _state_after(
        self, mismatch: Mismatch, auditor: Auditor, projection: ProjectionAudit
    ) -> AuditState | None:
        """Where to go on after a mismatch: here, or, when the market's state is another one, from the market's."""
        shards = auditor.attention.starts_after_a_mismatch()
        letters = auditor.attention.letters_offset
        if mismatch.diverged:
            return await state_of_the_market(self._bootstrap, shards, letters=letters)
        state = auditor.state()
        if state is None:
            return None
        return msgspec.structs.replace(
            state,
            shards=shards,
            letters=letters,
            projection=self._projection_after(projection, state),
        )

    def _projection_after(self, projection: ProjectionAudit, state: AuditState) -> ProjectionPlace:
        """What differed in PostgreSQL, or kept it from being compared, was accepted up to here: go on after it."""
        if not projection.faults and not projection.is_broken:
            return projection.place
        return ProjectionPlace(state.tick, state.hash, state.offsets[TICKS.topic], state.offsets[EVENTS.topic])


def _sentences(group: ExceptionGroup[CannotFoldError]) -> list[str]:
    return [
        sentence
        for one in group.exceptions
        for sentence in (_sentences(one) if isinstance(one, ExceptionGroup) else [str(one)])
    ]


def _warn(line: str) -> None:
    log.warning("snapshot_left_out", why=line)


def _mismatch(tick: int, faults: list[str], *, diverged: bool) -> Mismatch:
    found = [fault[:LONGEST_SENTENCE] for fault in faults[:MOST_SENTENCES]]
    return Mismatch(v=1, tick=tick, found=found, diverged=diverged)
