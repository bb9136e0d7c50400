"""All of attention, followed by an audit: the shards' pings, the rows that were committed, and their dead letters."""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from ops.audit.attention import ShardAudit, ShardRefold, ShardStart, WindowEnd
from ops.audit.logs import POLL_SECONDS, Logs
from ops.audit.state import DEAD, pings_of, table_of
from ops.audit.tables import Table, Write, Writes, load_table, place_name
from schemas.decoding import decode_dead_letter
from schemas.messages.market_inputs import ReportAttention
from schemas.topics import ATTENTION_PINGS
from streams.attention.core.state import ROW_KEY, ShardCountChanged, state_from_row
from streams.durable.changelog import HighWater
from streams.durable.fold import Record

MOST_LETTERS: Final = 10_000
"""Dead letters of attention that wait for the refold, over all shards; then reading them pauses."""


class AttentionAuditor:
    """Audits what attention reported, wrote and discarded."""

    def __init__(self, logs: Logs, starts: Sequence[ShardStart], *, follows: bool) -> None:
        self.shards = [ShardAudit(shard, shards=len(starts), start=start) for shard, start in enumerate(starts)]
        self._logs = logs
        self._tables = [_ShardTable(logs, shard, follows=follows) for shard in range(len(starts))]
        self._letters = [deque[tuple[int, int, bytes]]() for _ in starts]
        """Of each shard: where in dead.letters, the ping's offset, and the letter."""

    @property
    def letters_offset(self) -> int:
        """Where to read on in dead.letters so as to see again every letter that was not held against anything."""
        waiting = [letters[0][0] for letters in self._letters if letters]
        return min([self._logs[DEAD].next_offset, *waiting])

    def starts_after_a_mismatch(self) -> list[ShardStart]:
        """Where to go on once an operator has accepted what differs: a shard whose reports were wrong is counted anew."""
        return [shard.start_after_a_mismatch() for shard in self.shards]

    async def open(self) -> list[str]:
        """Read the tables as they are. Returns what is wrong with them by themselves.

        Raises:
            CannotFoldError: they were counted with windows of another length than this auditor has.
        """
        faults = [fault for table in self._tables for fault in await table.open()]
        for shard, table in zip(self.shards, self._tables, strict=True):
            refuse_other_windows(table.loaded, shards=len(self.shards), window_ms=shard.start.window_ms)
        return faults

    async def check(self, report: ReportAttention) -> list[str]:
        """Hold a report against the pings."""
        if report.shard >= len(self.shards):
            return []  # the market refuses it
        shard = self.shards[report.shard]
        if not shard.moves(report):
            return []
        shard.begin(report)
        assert shard.refold is not None
        if not await self._fold(shard.refold, report.shard, end=report.offset):
            shard.give_up_on(report)
            return [f"attention shard {report.shard} reports offset {report.offset}, which its log does not have yet"]
        faults = shard.check(report, shard.refold)
        return await self._try_another_cap(shard, report, faults) if faults else []

    async def settle(self) -> list[str]:
        """Hold what is known of ended windows against the rows and dead letters that are there by now."""
        await self._read_letters()
        faults = []
        for number, shard in enumerate(self.shards):
            while shard.ends:
                found = await self._settle_window(number, shard.ends[0])
                if found is None:
                    break
                faults += found
                shard.ends.popleft()
        return faults

    async def settle_letters(self, shard: int) -> tuple[list[str], list[WindowEnd]]:
        """Hold ended windows of one shard against the dead letters alone: what differs, and which windows."""
        await self._read_letters()
        ends, faults, settled = self.shards[shard].ends, list[str](), list[WindowEnd]()
        while ends and (found := self._letter_faults(shard, ends[0])) is not None:
            settled.append(ends.popleft())
            faults += found
            self._drop_letters(shard, settled[-1])
        return faults, settled

    async def fold_on(self, shard: int, *, end: int) -> list[WindowEnd]:
        """Fold a shard's pings up to an offset that no report has reached yet: the windows that end before it."""
        refold = self.shards[shard].from_the_start()
        if refold is None:
            return []
        log = self._logs[pings_of(shard)]
        here = log.next_offset
        log.skip_to(refold.position)
        await self._fold(refold, shard, end=end)
        log.skip_to(here)
        return self.shards[shard].ended_windows(refold)

    def letters_from(self, shard: int, offset: int) -> int:
        """How many dead letters there are of a shard's pings from an offset on, as far as they were read."""
        return sum(letter >= offset for _, letter, _ in self._letters[shard])

    async def finish(self) -> list[str]:
        """At the end of one audit: fold what no report covers yet, up to the rows that were there when it began."""
        faults = list[str]()
        for number, (shard, table) in enumerate(zip(self.shards, self._tables, strict=True)):
            if table.is_checked or table.high_water is None or shard.refold is None:
                continue
            committed = table.high_water.next_offset
            for end in await self.fold_on(number, end=committed + 1):
                if end.next_offset == committed:
                    faults += await table.faults_at(end) or []
        return faults

    async def _fold(self, refold: ShardRefold, shard: int, *, end: int) -> bool:
        """Fold the pings before an offset. False when the log does not have as many."""
        log = self._logs[pings_of(shard)]
        while log.next_offset < end:
            record = await log.peek(seconds=POLL_SECONDS)
            if record is None:
                if await log.end() < end:
                    return False
                if await log.holds_nothing_before(end):
                    break
            elif record.offset >= end:
                break
            else:
                log.take()
                refold.ping(Record(record.offset, record.timestamp, record.key, record.value))
        return True

    async def _try_another_cap(self, shard: ShardAudit, report: ReportAttention, faults: list[str]) -> list[str]:
        log = self._logs[pings_of(report.shard)]
        here = log.next_offset
        for refold in shard.tries(report):
            log.skip_to(refold.position)
            if await self._fold(refold, report.shard, end=report.offset) and not shard.check(report, refold):
                return []
        log.skip_to(here)
        shard.give_up_on(report)
        return faults

    async def _read_letters(self) -> None:
        log = self._logs[DEAD]
        while sum(map(len, self._letters)) < MOST_LETTERS and (await log.peek(seconds=0)) is not None:
            record = log.take()
            try:
                letter = decode_dead_letter(record.value or b"")
            except msgspec.MsgspecError:
                continue  # it is held against the market's
            if letter.topic == ATTENTION_PINGS.name and letter.partition < len(self.shards):
                self._letters[letter.partition].append((record.offset, letter.offset, record.value))

    async def _settle_window(self, shard: int, end: WindowEnd) -> list[str] | None:
        """What is wrong with the window; None while something of it is still to come."""
        letter_faults = self._letter_faults(shard, end)
        if letter_faults is None:
            return None
        row_faults = await self._tables[shard].faults_at(end)
        if row_faults is None:
            return None
        self._drop_letters(shard, end)
        return letter_faults + row_faults

    def _letter_faults(self, shard: int, end: WindowEnd) -> list[str] | None:
        letters = self._letters[shard]
        while letters and letters[0][1] < end.first_offset:
            letters.popleft()  # of what was not folded here
        found = [value for _, offset, value in letters if offset < end.next_offset]
        if len(found) < len(end.letters) and len(found) == len(letters):
            return None
        if found == list(end.letters):
            return []
        what = f"its {len(found)} dead letters are not the {len(end.letters)} of the refold"
        return [f"attention shard {shard}, the window up to offset {end.next_offset}: {what}"]

    def _drop_letters(self, shard: int, end: WindowEnd) -> None:
        letters = self._letters[shard]
        while letters and letters[0][1] < end.next_offset:
            letters.popleft()


def refuse_other_windows(table: Table, *, shards: int, window_ms: int) -> None:
    """A table that is damaged says nothing of its windows.

    Raises:
        CannotFoldError: it was counted with windows of another length.
    """
    row = None if table.fault() else table.rows.get(ROW_KEY)
    with suppress(msgspec.MsgspecError, ShardCountChanged):
        if row is not None:
            state_from_row(row, shards=shards, window_ms=window_ms)


class _ShardTable:
    """The changelog of one shard."""

    def __init__(self, logs: Logs, shard: int, *, follows: bool) -> None:
        self.is_checked = False
        """Whether the rows as they were when the audit began were compared."""
        self._log = logs[table_of(shard)]
        self._follows = follows
        self._loaded: Table | None = None
        self._writes = Writes()
        self._next: Write | None = None
        self._verified: bytes | None = None
        """The row of the last end of a window that was compared."""
        self._faults: list[str] = []
        """Found before the end of the window that is waited for."""

    @property
    def loaded(self) -> Table:
        """As it was when the audit began."""
        assert self._loaded is not None
        return self._loaded

    @property
    def high_water(self) -> HighWater | None:
        """As it was when the audit began."""
        return None if self._loaded is None else self._loaded.high_water

    async def open(self) -> list[str]:
        self._loaded = await load_table(self._log)
        fault = self._loaded.fault()
        self.is_checked = self._loaded.high_water is None
        return [f"{place_name(self._log.place)}: {fault}"] if fault else []

    async def faults_at(self, end: WindowEnd) -> list[str] | None:
        """What is wrong with the rows that were committed at the end of a window; None while they are still to come."""
        reached = -1 if self.loaded.high_water is None else self.loaded.high_water.next_offset
        if end.next_offset < reached:
            return []  # a later commit has taken its place
        if end.next_offset == reached:
            self.is_checked = True
            return self._differences(self.loaded.rows, end)
        self.is_checked = True  # what was committed before the first window's end has nothing to be compared with
        return await self._faults_in_log(end) if self._follows else []

    async def _faults_in_log(self, end: WindowEnd) -> list[str] | None:
        while (write := await self._peek()) is not None:
            reached = 0 if write.high_water is None else write.high_water.next_offset
            if reached <= end.next_offset:
                self._next = None
            if reached > end.next_offset:
                return []  # a worker that is behind commits several windows at once
            if reached == end.next_offset:
                faults, self._faults = self._faults, []
                return faults + self._differences(write.rows, end)
            if self._verified is not None and set(write.rows.items()) - {(ROW_KEY, self._verified)}:
                name = place_name(self._log.place)
                self._faults.append(f"{name}, offset {write.offset}: rows that no end of a window has")
        return None

    def _differences(self, rows: Mapping[bytes, bytes | None], end: WindowEnd) -> list[str]:
        self._verified = rows.get(ROW_KEY)
        if rows.keys() == {ROW_KEY} and end.holds(rows[ROW_KEY]):
            return []
        return [f"{place_name(self._log.place)}: the rows up to offset {end.next_offset} differ from the refold"]

    async def _peek(self) -> Write | None:
        while self._next is None and await self._log.peek(seconds=0) is not None:
            self._next = self._writes.take(self._log.take())
        return self._next
