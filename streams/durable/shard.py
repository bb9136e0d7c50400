"""One shard: a partition of the input topic, the fold over it, and the changelog that makes both durable."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.durable.changelog import Changelog, HighWater, LastInput, within_limit
from streams.durable.dying import Exit, die, dying
from streams.durable.fold import Commit, Fold, Output, Record
from streams.durable.rows import Rows

log = structlog.get_logger(__name__)

RECORDS_AT_HAND: Final = 2
"""A commit stands for the inputs up to the record that caused it, or up to the one before."""

BREATH: Final = 1.5
"""A commit that may wait does, for so many times as long as the last commit of each shard here took."""

LOST_END: Final = "The input topic lost its end and has other inputs there now."

OpenFold = Callable[[int, Rows], Fold]
"""Makes the fold of a partition from its rows."""


class Shard:
    """Folds the records of one partition, each exactly once, in order, without a gap."""

    def __init__(
        self,
        *,
        place: TopicPartition,
        topic_id: str,
        changelog: Changelog,
        contiguous: bool,
        shards_here: Callable[[], int] = lambda: 1,
    ) -> None:
        """``shards_here``: how many shards this worker has, whose commits take their turns."""
        self._place = place
        self._topic_id = topic_id
        self._changelog = changelog
        self._contiguous = contiguous
        self._reported_to = -1
        self._shards_here = shards_here
        self._put_off: Commit | None = None
        self._committed_at = 0.0
        self._commit_took = 0.0
        self._folded: deque[Record] = deque(maxlen=RECORDS_AT_HAND)
        self.position = 0
        """Offset of the next record to fold. In memory: after a crash it is the high-water row's."""
        self.passed_holes = 0
        self.fold: Fold

    async def open(self, open_fold: OpenFold, log_reader: AIOKafkaConsumer) -> None:
        """Fence the former owner, load the rows, and find where to go on."""
        rows, high_water = await self._changelog.open(log_reader)
        beginning, end = await self._range(log_reader)
        self.position = 0 if high_water is None else high_water.next_offset
        self._refuse_what_does_not_fit(beginning=beginning, end=end)
        if high_water is not None:
            await self._refuse_another_log(high_water, log_reader, beginning=beginning)
        if self.position < beginning:
            self._pass_to(beginning)
        with dying("opening a fold", **self._where()):
            self.fold = open_fold(self._place.partition, rows)
        initial = self.fold.initial_commit() if high_water is None else None
        if initial is not None:
            await self._commit_rows(initial.outputs, next_offset=self.position)
        log.info("shard opened", rows=len(rows), **self._where())

    async def take(self, record: Record, log_reader: AIOKafkaConsumer) -> None:
        """Fold the record that Faust delivered, if it is the next one; commit when the fold says so."""
        if record.offset < self.position:
            self._refuse_another_input_again(record)
            return
        if record.offset > self.position:
            await self._pass_hole(record.offset, log_reader)
        with dying("folding an input", **self._where()):
            commit = self.fold.fold(record)
        self.position = record.offset + 1
        self._folded.append(record)
        if commit is not None:
            await self._commit(commit)

    def report(self) -> list[Output]:
        """What the fold tells others, when it has folded anything since it last did. Nothing while a commit is put off: what
        was told must come out the same after a crash, also under other settings.
        """
        if self._reported_to == self.position or self._put_off is not None:
            return []
        self._reported_to = self.position
        return list(self.fold.report())

    async def close(self) -> None:
        await self._changelog.close()

    async def _commit(self, commit: Commit) -> None:
        """Commit now, or put it off: a shard whose commits take longer than the inputs that they commit would fall behind
        without end.
        """
        if self._put_off is not None:
            commit = commit._replace(outputs=[*self._put_off.outputs, *commit.outputs])
        now = asyncio.get_running_loop().time()
        if commit.may_wait and now - self._committed_at < BREATH * self._shards_here() * self._commit_took:
            self._put_off = commit
            return
        self._put_off = None
        await self._commit_rows(commit.outputs, next_offset=commit.next_offset)
        self._committed_at = asyncio.get_running_loop().time()
        self._commit_took = self._committed_at - now

    async def _commit_rows(self, outputs: Sequence[Output], *, next_offset: int) -> None:
        await self._changelog.commit(
            next_offset=next_offset,
            outputs=outputs,
            rows=self.fold.rows,
            topic_id=self._topic_id,
            last_input=self._last_input_before(next_offset),
        )

    def _last_input_before(self, next_offset: int) -> LastInput | None:
        return next((last_input(record) for record in self._folded if record.offset == next_offset - 1), None)

    async def refuse_to_stand_still(self, log_reader: AIOKafkaConsumer) -> None:
        """Called when nothing was taken for a while: end the process if the log has something to take."""
        beginning, end = await self._range(log_reader)
        self._refuse_what_does_not_fit(beginning=beginning, end=end)
        if self.position < end and await self._next_in_log(log_reader) is not None:
            die(Exit.NO_PROGRESS, "Inputs wait and none was taken for too long.", **self._where())

    def _refuse_what_does_not_fit(self, *, beginning: int, end: int) -> None:
        if self.position > end or (self._contiguous and self.position < beginning):
            self._refuse("The log was shortened or made again.", log_begins_at=beginning, log_ends_at=end)

    def _refuse(self, what: str, **context: object) -> NoReturn:
        die(
            Exit.REFUSED,
            f"{what} It and the state do not fit, so nothing is folded: inputs would be lost without a word. Restore the "
            "log, or rebuild the state from a complete one (docs/operations.md, Repair).",
            **context,
            **self._where(),
        )

    def _refuse_another_input_again(self, record: Record) -> None:
        """What comes again is what was folded; else the log lost its end while we run, and has grown again below our position."""
        if any(folded.offset == record.offset and folded != record for folded in self._folded):
            self._refuse(LOST_END, came=record.offset)

    async def _refuse_another_log(self, high_water: HighWater, log_reader: AIOKafkaConsumer, *, beginning: int) -> None:
        """A topic that was made again, or lost its end and grew since, has offsets that fit and other inputs at them."""
        if high_water.topic_id not in {None, self._topic_id}:
            self._refuse("The input topic was deleted and made again.", topic_id=self._topic_id)
        last = high_water.last_input
        if last is None or last.offset < beginning:
            return
        found = await self._record_at(last.offset, log_reader)
        if found is None or last_input(found) != last:
            self._refuse(LOST_END, last_input=last.offset)

    async def _record_at(self, offset: int, log_reader: AIOKafkaConsumer) -> Record | None:
        log_reader.assign([self._place])
        log_reader.seek(self._place, offset)
        found = await within_limit(self._first_record(log_reader, end=offset + 1), "looking for the last input")
        return found if found is not None and found.offset == offset else None

    async def _range(self, log_reader: AIOKafkaConsumer) -> tuple[int, int]:
        beginning = await within_limit(log_reader.beginning_offsets([self._place]), "asking for a log's beginning")
        end = await within_limit(log_reader.end_offsets([self._place]), "asking for a log's end")
        return int(beginning[self._place]), int(end[self._place])

    async def _pass_hole(self, offset: int, log_reader: AIOKafkaConsumer) -> None:
        """A record came that is not the next one. Either Faust skipped some (fault 1: restart and seek again), or the log
        has a hole: fatal for the money log, counted and passed where others write transactions.
        """
        if self._contiguous:
            die(Exit.GAP, "Inputs are missing. Restarting to read them again.", came=offset, **self._where())
        if await self._next_in_log(log_reader) != offset:
            die(Exit.GAP, "Inputs were skipped that the log still has. Restarting.", came=offset, **self._where())
        self._pass_to(offset)

    def _pass_to(self, offset: int) -> None:
        self.passed_holes += 1
        log.warning("hole in the log passed", to=offset, **self._where())
        self.position = offset

    async def _next_in_log(self, log_reader: AIOKafkaConsumer) -> int | None:
        """Offset of the next record that the log has; None when it has no other before its end (a transaction's marker
        takes an offset and is not a record).
        """
        beginning, end = await self._range(log_reader)
        log_reader.assign([self._place])
        log_reader.seek(self._place, max(self.position, beginning))
        found = await within_limit(self._first_record(log_reader, end=end), "looking for the next record of a log")
        return None if found is None else found.offset

    async def _first_record(self, log_reader: AIOKafkaConsumer, *, end: int) -> Record | None:
        while await log_reader.position(self._place) < end:
            found = await log_reader.getmany(self._place, timeout_ms=500, max_records=1)
            for record in found.get(self._place, ()):
                return Record(record.offset, record.timestamp, record.key, record.value)
        return None

    def _where(self) -> dict[str, str | int]:
        return {"topic": self._place.topic, "partition": self._place.partition, "offset": self.position}


def last_input(record: Record) -> LastInput:
    """A record as the high-water row remembers it: SHA-256 of its time, and its key and value with their lengths."""
    digest = hashlib.sha256(record.timestamp.to_bytes(8, "big"))
    for part in (record.key, record.value):
        digest.update(b"-" if part is None else len(part).to_bytes(4, "big") + part)
    return LastInput(record.offset, digest.hexdigest())
