"""Does the supervisor keep its programs running, say what it does, and leave nothing behind?"""

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ops.process import ChildProcess, Program, StartupProblem
from ops.supervisor import Supervisor, Watch

ROOT = Path(__file__).parents[2]
SOON = 20.0
"""Seconds until something has surely happened, on a machine that is busy with other things."""

WRITES_ITS_PID = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
NOTES_ITS_STOP = """
import signal, sys, time
def stop(*_):
    with open(sys.argv[2], "a") as order:
        order.write(sys.argv[3] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open(sys.argv[1], "w").write("ready")
time.sleep(600)
"""
SUPERVISOR_OF_ONE = """
import asyncio, sys
from pathlib import Path
from ops.process import Program
from ops.supervisor import Supervisor

async def main():
    async def ready():
        return Path(sys.argv[1]).exists()
    program = Program(name="child", argv=(sys.executable, "-c", sys.argv[2], sys.argv[1]), ready=ready)
    async with Supervisor(say=print, output=print) as supervisor:
        await supervisor.start(program)
        print("up", flush=True)
        await supervisor.interrupted.wait()

asyncio.run(main())
"""


def program(name: str, code: str, *arguments: str, ready: Path | None = None) -> Program:
    """A tiny Python program that is ready when it has made a file."""

    async def is_ready() -> bool:
        return ready is None or await asyncio.to_thread(ready.exists)

    return Program(name=name, argv=(sys.executable, "-c", code, *arguments), ready=is_ready, ready_seconds=SOON)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not condition():  # noqa: ASYNC110 - what other processes do sets no event of ours
            await asyncio.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether a process runs. One that has ended but was not reaped yet (by init, once its parent is gone) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def priorities(pid: int) -> set[int]:
    """Its own, and its session's, which Linux shares the processors by first."""
    own, session = os.getpriority(os.PRIO_PROCESS, pid), Path(f"/proc/{pid}/autogroup")
    return {own, int(session.read_text().split()[-1])} if session.exists() else {own}


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def supervisor(said: list[str]) -> AsyncIterator[Supervisor]:
    async with Supervisor(say=said.append, output=lambda name, line: said.append(f"{name}: {line}")) as running:
        yield running


async def test_a_program_that_is_killed_is_started_again_and_that_is_said(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    child = await supervisor.start(program("worker", WRITES_ITS_PID, str(pid_file), ready=pid_file))
    first = child.pid

    os.kill(first, signal.SIGKILL)
    await until(lambda: "worker runs again." in said)

    assert any(line.startswith("worker was ended by SIGKILL. Starting it again in") for line in said)
    assert child.pid != first
    assert lives(child.pid)


async def test_a_crash_does_not_take_the_rest_down(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    one, two = [await supervisor.start(program(f.name, WRITES_ITS_PID, str(f), ready=f)) for f in files]
    pid_of_two = two.pid

    os.kill(one.pid, signal.SIGKILL)
    await until(lambda: "one runs again." in said)

    assert two.pid == pid_of_two
    assert lives(pid_of_two)


async def test_a_program_that_keeps_ending_is_tried_again_later_each_time(
    supervisor: Supervisor, said: list[str]
) -> None:
    await supervisor.start(program("hopeless", "import sys; sys.exit(3)"))

    await until(lambda: any("in 0.8 s" in line for line in said))

    delays = [line for line in said if "Starting it again" in line]
    assert [line.rpartition(" in ")[2].partition(";")[0] for line in delays[:3]] == ["0.2 s", "0.4 s", "0.8 s"]


async def test_programs_are_stopped_in_reverse_order(said: list[str], tmp_path: Path) -> None:
    order = tmp_path / "order"
    async with Supervisor(say=said.append, output=lambda *_: None) as supervisor:
        for name in ("first", "second", "third"):
            file = tmp_path / name
            await supervisor.start(program(name, NOTES_ITS_STOP, str(file), str(order), name, ready=file))

    assert order.read_text().split() == ["third", "second", "first"]
    assert [line for line in said if line.startswith("Stopping")] == [
        "Stopping third.",
        "Stopping second.",
        "Stopping first.",
    ]


async def test_a_program_that_lives_without_progress_is_started_again(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"

    async def never() -> bool:
        return False

    child = await supervisor.start(
        program("stuck", WRITES_ITS_PID, str(pid_file), ready=pid_file), watch=Watch(progresses=never, seconds=1.0)
    )
    first = child.pid
    await until(lambda: "stuck runs again." in said)

    assert any("made no progress for 1 s" in line for line in said)
    assert not lives(first)


async def test_what_a_program_said_last_explains_why_it_did_not_start(supervisor: Supervisor) -> None:
    async def never() -> bool:
        return False

    broken = Program(
        name="broken", argv=(sys.executable, "-c", "import sys; sys.exit('the cat is on the keyboard')"), ready=never
    )
    with pytest.raises(
        StartupProblem, match=r"(?s)broken ended while it started, with exit code 1.*the cat is on the key"
    ):
        await supervisor.start(broken)


async def test_a_program_that_ignores_the_stop_signal_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    deaf = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open(sys.argv[1], 'w'); time.sleep(600)"
    patient = program("deaf", deaf, str(ready), ready=ready)
    child = ChildProcess(
        Program(name=patient.name, argv=patient.argv, ready=patient.ready, stop_seconds=0.2), lambda *_: None
    )
    await child.start()
    pid = child.pid

    await child.stop()

    assert not lives(pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_nothing_is_left_when_the_supervisor_itself_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SUPERVISOR_OF_ONE,
        str(pid_file),
        WRITES_ITS_PID,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(SOON):
        assert (await process.stdout.readline()).strip() == b"up"
    child = int(pid_file.read_text())
    assert lives(child)

    process.send_signal(number)
    async with asyncio.timeout(SOON):
        await process.wait()

    await until(lambda: not lives(child))


async def test_a_program_stands_back_as_far_as_it_is_told_to(supervisor: Supervisor, tmp_path: Path) -> None:
    for name, nice in (("backs", 7), ("stands", 0)):
        pid = tmp_path / name
        await supervisor.start(dataclasses.replace(program(name, WRITES_ITS_PID, str(pid), ready=pid), nice=nice))
        await until(lambda pid=pid: pid.read_text() != "")  # type: ignore[misc]
        assert priorities(int(pid.read_text())) == {nice}
