"""One shard: a partition of the input topic, the fold over it, and the changelog that makes both durable."""

from collections.abc import Callable, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.durable.changelog import Changelog, within_limit
from streams.durable.dying import Exit, die, dying
from streams.durable.fold import Fold, Output, Record
from streams.durable.rows import Rows

log = structlog.get_logger(__name__)

OpenFold = Callable[[int, Rows], Fold]
"""Makes the fold of a partition from its rows."""


class Shard:
    """Folds the records of one partition, each exactly once, in order, without a gap."""

    def __init__(self, *, place: TopicPartition, changelog: Changelog, contiguous: bool) -> None:
        self._place = place
        self._changelog = changelog
        self._contiguous = contiguous
        self._reported_to = -1
        self.position = 0
        """Offset of the next record to fold. In memory: after a crash it is the high-water row's."""
        self.passed_holes = 0
        self.fold: Fold

    async def open(self, open_fold: OpenFold, log_reader: AIOKafkaConsumer) -> None:
        """Fence the former owner, load the rows, and find where to go on."""
        rows, next_offset = await self._changelog.open(log_reader)
        beginning, end = await self._range(log_reader)
        self.position = next_offset or 0
        self._refuse_what_does_not_fit(beginning=beginning, end=end)
        if self.position < beginning:
            self._pass_to(beginning)
        self.fold = open_fold(self._place.partition, rows)
        initial = self.fold.initial_commit() if next_offset is None else None
        if initial is not None:
            await self._commit_rows(initial.outputs, next_offset=self.position)
        log.info("shard opened", rows=len(rows), **self._where())

    async def take(self, record: Record, log_reader: AIOKafkaConsumer) -> None:
        """Fold the record that Faust delivered, if it is the next one; commit when the fold says so."""
        if record.offset < self.position:
            return
        if record.offset > self.position:
            await self._pass_hole(record.offset, log_reader)
        with dying("folding an input", **self._where()):
            commit = self.fold.fold(record)
        self.position = record.offset + 1
        if commit is not None:
            await self._commit_rows(commit.outputs, next_offset=commit.next_offset)

    def report(self) -> list[Output]:
        """What the fold tells others, when it has folded anything since it last did."""
        if self._reported_to == self.position:
            return []
        self._reported_to = self.position
        return list(self.fold.report())

    async def close(self) -> None:
        await self._changelog.close()

    async def _commit_rows(self, outputs: Sequence[Output], *, next_offset: int) -> None:
        await self._changelog.commit(next_offset=next_offset, outputs=outputs, rows=self.fold.rows)

    async def refuse_to_stand_still(self, log_reader: AIOKafkaConsumer, *, seconds: float) -> None:
        """Called when nothing was taken for a while: end the process if the log has something to take."""
        beginning, end = await self._range(log_reader)
        self._refuse_what_does_not_fit(beginning=beginning, end=end)
        if self.position < end and await self._next_in_log(log_reader) is not None:
            die(Exit.NO_PROGRESS, f"Inputs wait and none was taken for {seconds:.0f} s.", **self._where())

    def _refuse_what_does_not_fit(self, *, beginning: int, end: int) -> None:
        if self.position > end or (self._contiguous and self.position < beginning):
            die(
                Exit.REFUSED,
                "The state and its input log do not fit: the log was shortened or made again. Restore the log, or move the "
                "state away and rebuild it from a complete one.",
                log_begins_at=beginning,
                log_ends_at=end,
                **self._where(),
            )

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
        return await within_limit(self._first_record(log_reader, end=end), "looking for the next record of a log")

    async def _first_record(self, log_reader: AIOKafkaConsumer, *, end: int) -> int | None:
        while await log_reader.position(self._place) < end:
            found = await log_reader.getmany(self._place, timeout_ms=500, max_records=1)
            for record in found.get(self._place, ()):
                return int(record.offset)
        return None

    def _where(self) -> dict[str, str | int]:
        return {"topic": self._place.topic, "partition": self._place.partition, "offset": self.position}
