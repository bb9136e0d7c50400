"""`biome` with faults that can be planted: `python -m tests.chaos.worker run market` is `biome run market`, and dies where
``tests.chaos.planting`` says when it gets the signal.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tests.chaos.planting import FOLDER_VARIABLE, NAME_VARIABLE, PATIENT, Folder, Place

NO_LIMIT_SECONDS = 3_600.0
_armed: Place | None = None


def arm_on_signals() -> None:
    """A signal says where to die; nothing happens until the process comes by."""

    def arm(number: int, _frame: object) -> None:
        global _armed  # noqa: PLW0603 -- a signal handler has nowhere else to put it
        _armed = Place(number)

    for place in Place:
        signal.signal(place, arm)


def disarmed(*places: Place) -> Place | None:
    """The place where this process is to die, if it is one of these: once."""
    global _armed
    if _armed not in places:
        return None
    place, _armed = _armed, None
    return place


def be_patient_on_a_signal(folder: Folder) -> None:
    """Raise every limit by which a worker ends itself."""
    from streams.durable import agent, progress  # noqa: PLC0415 -- other processes do without Faust
    from streams.durable.changelog import within_limit  # noqa: PLC0415
    from streams.durable.dying import LoopWatch  # noqa: PLC0415

    def be_patient(_number: int, _frame: object) -> None:
        LoopWatch.LIMIT_SECONDS = NO_LIMIT_SECONDS
        within_limit.__kwdefaults__ = {"limit": NO_LIMIT_SECONDS}
        agent.JOIN_LIMIT_SECONDS = NO_LIMIT_SECONDS
        progress.STILL_LIMIT_SECONDS = progress.ALONE_LIMIT_SECONDS = NO_LIMIT_SECONDS
        folder.patient(os.getpid()).touch()

    signal.signal(PATIENT, be_patient)


def kill_myself() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def plant_in_transactions() -> None:
    """Market and attention: in the transaction of a tick, or of a window."""
    from streams.durable.changelog import Changelog  # noqa: PLC0415 -- other processes do without Faust

    transact = Changelog._transact

    async def transact_or_die(changelog: Changelog, outputs: Sequence[Any], changes: Mapping[bytes, bytes]) -> None:
        place = disarmed(*Place)
        if place is not None:
            _die_in(place, changelog._producer, sends=len(outputs) + len(changes))
        await transact(changelog, outputs, changes)

    Changelog._transact = transact_or_die  # type: ignore[method-assign,assignment]


def _die_in(place: Place, producer: Any, *, sends: int) -> None:
    send, commit, sent = producer.send, producer.commit_transaction, []

    async def send_half(*message: object, **options: object) -> object:
        sent.append(await send(*message, **options))
        if len(sent) >= (sends + 1) // 2:
            await asyncio.gather(*sent)
            kill_myself()
        return sent[-1]

    async def commit_and_die() -> None:
        if place is Place.AFTER_THE_COMMIT:
            await commit()
        elif place is Place.STOPPED_BEFORE_THE_COMMIT:
            producer.commit_transaction = commit
            os.kill(os.getpid(), signal.SIGSTOP)
            await commit()
            return
        kill_myself()

    if place is Place.HALFWAY:
        producer.send = send_half
    else:
        producer.commit_transaction = commit_and_die


def plant_in_history() -> None:
    """In the SQL transaction of a batch of ticks."""
    from streams.history import projection, service  # noqa: PLC0415

    write_ticks, project = projection._write_ticks, projection.project

    async def write_half(*arguments: Any) -> None:
        await write_ticks(*arguments)
        if disarmed(Place.HALFWAY, Place.BEFORE_THE_COMMIT):
            kill_myself()

    async def project_and_die(*arguments: Any, **options: Any) -> bool:
        projected = await project(*arguments, **options)
        if disarmed(Place.AFTER_THE_COMMIT):
            kill_myself()
        return projected

    projection._write_ticks = write_half  # type: ignore[assignment]
    service.project = project_and_die  # type: ignore[attr-defined]


def plant_in_the_api() -> None:
    """Between taking an order and answering."""
    from api.log_writer import LogWriter  # noqa: PLC0415
    from schemas.topics import MARKET_INPUTS, Topic  # noqa: PLC0415

    write = LogWriter.write

    async def write_or_die(writer: LogWriter, topic: Topic, **message: Any) -> int:
        if topic is MARKET_INPUTS and disarmed(Place.HALFWAY, Place.BEFORE_THE_COMMIT):
            kill_myself()
        offset = await write(writer, topic, **message)
        if topic is MARKET_INPUTS and disarmed(Place.AFTER_THE_COMMIT):
            kill_myself()
        return offset

    LogWriter.write = write_or_die  # type: ignore[method-assign,assignment]


def tell_shards(folder: Folder) -> None:
    """Write down which shards this worker owns, each time that it changes."""
    from streams.durable.shards import Shards  # noqa: PLC0415

    assign = Shards.assign

    async def assign_and_tell(shards: Shards, partitions: Iterable[int], still_assigned: Any) -> None:
        await assign(shards, partitions, still_assigned)
        _write_whole(folder.shards(os.getpid()), ",".join(map(str, sorted(shards.opened))))

    Shards.assign = assign_and_tell  # type: ignore[method-assign,assignment]


def _write_whole(file: Path, text: str) -> None:
    unfinished = file.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(file)


def set_the_clock_wrong(folder: Folder) -> None:
    """Shift what Python's ``time`` says is the time of day. The monotonic clock stays right, as on a real machine."""
    file = folder.clock(os.environ.get(NAME_VARIABLE, "nobody"))
    if not file.exists():
        return
    seconds = int(file.read_text())
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + seconds
    time.time_ns = lambda: right_ns() + seconds * 1_000_000_000


def main() -> None:
    folder = Folder(Path(os.environ[FOLDER_VARIABLE]))
    set_the_clock_wrong(folder)
    if sys.argv[1] == "run":
        arm_on_signals()
        kind = sys.argv[2]
        if kind in {"market", "attention"}:
            be_patient_on_a_signal(folder)
            plant_in_transactions()
            tell_shards(folder)
        elif kind == "history":
            plant_in_history()
        elif kind == "api":
            plant_in_the_api()
    if sys.argv[1] == "audit" or sys.argv[1:] in (["run", "market"], ["run", "auditor"]):
        from tests.rehearsal_rules import rehearse  # noqa: PLC0415

        rehearse()
    from ops import command  # noqa: PLC0415 -- after the clock

    command.main()


if __name__ == "__main__":
    main()
