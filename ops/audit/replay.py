"""`biome replay`: folds a part of the log again, from the nearest snapshot before it, and compares the bytes of every tick."""

import asyncio
import sys
from pathlib import Path
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from ops.audit.logs import POLL_SECONDS, Log, LogReader, Logs, logs_of
from ops.audit.progress import Progress
from ops.audit.published import TICKS, last_tick, stated
from ops.audit.resuming import newest_state
from ops.audit.state import INPUTS, AuditState
from schemas.decoding import decode_tick
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_TICKS
from streams.durable.fold import CannotFoldError, Commit, Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold

MILLISECONDS: Final = 1_000


class ReplayFault(Exception):  # noqa: N818 -- it is what the replay found, not a mistake of it
    """A tick that is not what its inputs make it; the message is a sentence."""


def replay(bootstrap: str, *, first: int | None, last: int | None, snapshots: Path) -> int:
    """Replay a range of ticks, and say how it went; returns the exit status."""
    try:
        return asyncio.run(_replay(bootstrap, first=first, last=last, snapshots=snapshots))
    except ReplayFault as fault:
        print(f"[WRONG] {fault}")
        return 1
    except CannotFoldError as unknown:
        print(unknown, file=sys.stderr)
    except (KafkaError, TimeoutError, OSError) as away:
        print(f"Kafka at {bootstrap} does not answer: {away}", file=sys.stderr)
    return 2


async def _replay(bootstrap: str, *, first: int | None, last: int | None, snapshots: Path) -> int:
    async with LogReader(bootstrap, {TICKS: 0}, patient=False) as reader:
        newest = await last_tick(reader[TICKS])
    last = newest if last is None else last
    if newest is None or last is None or last > newest or (first or 1) > last:
        there = "there is no tick yet" if newest is None else f"the newest tick is {newest}"
        print(f"Those ticks are not in market.ticks: {there}.", file=sys.stderr)
        return 2
    state = await newest_state(bootstrap, snapshots, lambda line: print(line, file=sys.stderr), before=first or 1)
    began = 0 if state is None else state.tick
    print(
        f"Folding from {f'the snapshot of tick {began}' if began else 'the first input'} to tick {last}.",
        file=sys.stderr,
    )
    async with logs_of(bootstrap, _places(state), patient=False) as logs:
        progress = Progress(total=last - began)
        ticks = await _Replay(logs, state, progress).run_to(last)
    progress.finish()
    real = ticks[-1].closed_at - ticks[0].closed_at
    print(
        f"[OK] {progress.ticks} ticks folded again, {began + 1} to {last}: the bytes of each are those that were published "
        f"({progress.seconds:.1f} s, {progress.rate:.0f} ticks a second, {real / MILLISECONDS / progress.seconds:.0f} times real time)."
    )
    return 0


def _places(state: AuditState | None) -> dict[TopicPartition, int]:
    if state is None:
        return {TICKS: 0, INPUTS: 0}
    return {TICKS: state.offsets[MARKET_TICKS.name], INPUTS: state.next_offset}


class _Replay:
    """Folds inputs and holds each tick against the published one."""

    def __init__(self, logs: Logs, state: AuditState | None, progress: Progress) -> None:
        self._ticks: Log = logs[TICKS]
        self._inputs: Log = logs[INPUTS]
        self._rows = Rows({} if state is None else state.rows)
        self._fold = MarketFold(self._rows)
        self._progress = progress

    async def run_to(self, last: int) -> tuple[Tick, Tick]:
        """Replay up to a tick. The first and the last of those that were folded."""
        first: Tick | None = None
        while True:
            published = stated(await self._ticks.next())
            commit = await self._close()
            outputs = [output.value for output in commit.outputs if output.topic == MARKET_TICKS.name]
            number = self._fold.next_tick - 1
            if outputs != [published.body]:
                raise ReplayFault(f"tick {number}: the published bytes are not those of its inputs")
            self._progress.tick()
            if first is None or number == last:
                tick = decode_tick(published.body)
                first = first or tick
                if number >= last:
                    return first, tick

    async def _close(self) -> Commit:
        number, log = self._fold.next_tick, self._inputs
        while True:
            record = await log.peek(seconds=POLL_SECONDS)
            if record is None:
                if await log.holds_nothing_before(await log.end()):
                    raise ReplayFault(
                        f"tick {number} was published, and the log of inputs ends at offset {log.next_offset} without closing it"
                    )
                continue
            expected = log.next_offset
            log.take()
            if record.offset != expected:
                raise ReplayFault(
                    f"tick {number}: inputs {expected} to {record.offset - 1} are not in the log any more"
                )
            commit = self._take(Record(record.offset, record.timestamp, record.key, record.value))
            if commit is not None:
                self._rows.take_changes()
                return commit

    def _take(self, record: Record) -> Commit | None:
        number = self._fold.next_tick
        try:
            return self._fold.fold(record)
        except AssertionError as law:
            raise ReplayFault(f"tick {number}: folded again, it breaks a law. {law}") from law
