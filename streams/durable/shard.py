"""One shard: a partition of the input topic, the fold over it, and the changelog that makes both durable."""

from collections.abc import Callable

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.durable.changelog import Changelog, within_limit
from streams.durable.dying import Exit, die
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
        rows, next_offset = await self._changelog.open()
        beginning, end = await self._range(log_reader)
        if next_offset is None:
            self.position = beginning
        else:
            self._refuse_what_does_not_fit(next_offset, beginning=beginning, end=end)
            self.position = max(next_offset, beginning)
        self.fold = open_fold(self._place.partition, rows)
        initial = getattr(self.fold, "initial_commit", None)
        if next_offset is None and initial is not None:
            await self._commit_rows(initial().outputs, next_offset=self.position)
        log.info(
            "shard opened",
            topic=self._place.topic,
            partition=self._place.partition,
            offset=self.position,
            rows=len(rows),
        )

    async def take(self, record: Record, log_reader: AIOKafkaConsumer) -> None:
        """Fold the record that Faust delivered, if it is the next one; commit when the fold says so."""
        if record.offset < self.position:
            return
        if record.offset > self.position:
            await self._pass_hole(record.offset, log_reader)
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

    async def _commit_rows(self, outputs: object, *, next_offset: int) -> None:
        await self._changelog.commit(next_offset=next_offset, outputs=outputs, rows=self.fold.rows)  # type: ignore[arg-type]

    def _refuse_what_does_not_fit(self, next_offset: int, *, beginning: int, end: int) -> None:
        if next_offset > end or (self._contiguous and next_offset < beginning):
            die(
                Exit.REFUSED,
                "The state and its input log do not fit: the log was shortened or made again. Restore the log, or move the "
                "state away and rebuild it from a complete one.",
                topic=self._place.topic,
                partition=self._place.partition,
                offset=next_offset,
                log_begins_at=beginning,
                log_ends_at=end,
            )

    async def _range(self, log_reader: AIOKafkaConsumer) -> tuple[int, int]:
        beginning = await within_limit(log_reader.beginning_offsets([self._place]), "asking for a log's beginning")
        end = await within_limit(log_reader.end_offsets([self._place]), "asking for a log's end")
        return beginning[self._place], end[self._place]

    async def _pass_hole(self, offset: int, log_reader: AIOKafkaConsumer) -> None:
        """A record came that is not the next one. Either Faust skipped some (faust-facts 1: restart and seek again), or
        the log has a hole: fatal for the money log, counted and passed where others write transactions.
        """
        context = {
            "topic": self._place.topic,
            "partition": self._place.partition,
            "offset": offset,
            "expected": self.position,
        }
        if self._contiguous:
            die(Exit.GAP, "Inputs are missing. Restarting to read them again.", **context)
        if await self._next_in_log(log_reader) < offset:
            die(Exit.GAP, "Inputs were skipped that the log still has. Restarting to read them again.", **context)
        self.passed_holes += 1
        log.warning("hole in the log passed", **context)
        self.position = offset

    async def _next_in_log(self, log_reader: AIOKafkaConsumer) -> int:
        log_reader.assign([self._place])
        log_reader.seek(self._place, self.position)
        found = await within_limit(log_reader.getone(self._place), "looking for the next record of a log")
        return int(found.offset)
