"""The market's table made again: from the newest snapshot, or the first input, to the last tick that was published."""

from ops.audit.auditor import Auditor
from ops.audit.logs import Logs
from ops.audit.state import TICKS, AuditState
from ops.audit.tables import Table
from ops.repair.rewriting import NotRepairableError, Rebuilt


class MarketRefold:
    """Folds as far as ticks were published, and compares all that was published on the way."""

    def __init__(self, logs: Logs, state: AuditState | None) -> None:
        self._ticks = logs[TICKS]
        self._auditor = Auditor(logs, None, state, follows=False)

    async def follow(self, *, up_to: int | None = None) -> None:
        """Fold every tick that is there now; with ``up_to``, none that begins at that input or later.

        Raises:
            NotRepairableError: what comes out is not what was published, so the log or this code is at fault, not the rows.
        """
        end = await self._ticks.end()
        while not await self._ticks.holds_nothing_before(end):
            if up_to is not None and self._auditor.market.next_offset >= up_to:
                return
            verdict = await self._auditor.next()
            if verdict.faults:
                raise NotRepairableError(
                    f"{verdict.faults[0]}. The log and what was published do not fit, so nothing was written: the rows are "
                    "not what is at fault."
                )

    async def rebuild(self, _table: Table) -> Rebuilt:
        """What the table should hold: the last tick says where it stands, whatever the table says of itself."""
        await self.follow()
        return self.rebuilt()

    def rebuilt(self) -> Rebuilt:
        """The rows as far as they are folded."""
        market = self._auditor.market
        return Rebuilt(dict(market.rows.items()), market.next_offset)
