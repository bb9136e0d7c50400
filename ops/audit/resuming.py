"""Which snapshot to begin from: the newest good one that is of this very log."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ops.audit.logs import LogReader
from ops.audit.published import TICKS, seek_tick, stated
from ops.audit.snapshots import DamagedSnapshotError, read_snapshot, snapshots_in
from ops.audit.state import AuditState

FOLDER: Final = "audit"
"""In the data folder."""

Say = Callable[[str], None]


async def newest_state(
    bootstrap: str, folder: Path, say: Say, *, before: int | None = None, patient: bool = False
) -> AuditState | None:
    """The state of the newest snapshot in a folder, of a tick before ``before``; None when there is none to trust.

    A snapshot is trusted when it is whole and the log has its tick with its hash; else it is said why not.

    Raises:
        KafkaError, OSError, TimeoutError: no broker answers, and ``patient`` is false.
    """
    wanted = [one for one in snapshots_in(folder) if before is None or one.tick < before]
    if not wanted:
        return None
    async with LogReader(bootstrap, {TICKS: 0}, patient=patient) as reader:
        for snapshot in reversed(wanted):
            try:
                state = read_snapshot(snapshot.path)
            except (DamagedSnapshotError, OSError) as fault:
                say(f"{fault}. It is left out.")
                continue
            if await _is_of_this_log(reader, state):
                return state
            say(f"{snapshot.path.name} is not of this log: tick {state.tick} has another hash there. It is left out.")
    return None


async def _is_of_this_log(reader: LogReader, state: AuditState) -> bool:
    log = reader[TICKS]
    if not await seek_tick(log, state.tick):
        return False
    found = stated(log.take())
    return found.body == state.body and found.hash == state.hash
