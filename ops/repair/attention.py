"""The table of one attention shard made again: from its log of pings, with the caps that its reports name."""

from collections import deque

from ops.audit.attention import MOST_ENDS, WindowEnd, report_in
from ops.audit.logs import Log
from ops.audit.shards import AttentionAuditor
from ops.audit.tables import Table
from ops.repair.rewriting import NotRepairableError, Rebuilt
from streams.attention.core.state import ROW_KEY


class ShardRefold:
    """Folds a shard as far as it has reported, and compares its reports and dead letters on the way."""

    def __init__(self, inputs: Log, attention: AttentionAuditor, shard: int) -> None:
        self._inputs = inputs
        self._attention = attention
        self._shard = shard
        self._ends: deque[WindowEnd] = deque(maxlen=MOST_ENDS)

    async def follow(self) -> None:
        """Fold what was reported by now.

        Raises:
            NotRepairableError: what comes out is not what was reported.
        """
        log = self._inputs
        end = await log.end()
        while not await log.holds_nothing_before(end):
            report = report_in(log.take().value)
            if report is None or report.shard != self._shard:
                continue
            faults = await self._attention.check(report)
            more, ends = await self._attention.settle_letters(self._shard)
            self._ends.extend(ends)
            if faults or more:
                raise NotRepairableError(
                    f"{(faults + more)[0]}. The log and what was reported do not fit, so nothing was written: the rows are not "
                    "what is at fault."
                )

    async def rebuild(self, table: Table) -> Rebuilt:
        """What the table should hold where it stands.

        Raises:
            NotRepairableError: it does not say where it stands, and that cannot be told from the log either.
        """
        await self.follow()
        if table.high_water is None:
            return self._at_the_last_report()
        wanted = table.high_water.next_offset
        for end in [*self._ends, *await self._attention.fold_on(self._shard, end=wanted + 1)]:
            if end.next_offset == wanted:
                return Rebuilt({ROW_KEY: end.row}, wanted)
        raise NotRepairableError(
            f"The high-water row of attention shard {self._shard} stands for offset {wanted}, where no window ends. Nothing was "
            "written."
        )

    def _at_the_last_report(self) -> Rebuilt:
        """Without a readable high-water row: the last end of a window that was surely committed, since a report went beyond
        it. What was folded since is folded again, which nobody notices unless it left dead letters.
        """
        last = self._ends[-1] if self._ends else None
        if last is None or self._attention.letters_from(self._shard, last.next_offset):
            raise NotRepairableError(
                f"Attention shard {self._shard} has no high-water row that can be read, and what it said last cannot be told "
                "from its log. Nothing was written: restore the changelog."
            )
        return Rebuilt({ROW_KEY: last.row}, last.next_offset)
