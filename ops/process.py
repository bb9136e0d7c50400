"""One child process: started in a session of its own, watched until it serves, stopped, and never left behind.

The session of its own keeps a Ctrl-C in the terminal from hitting the children before their parent has decided the
order in which they stop. The death signal keeps them from outliving a parent that was killed.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Probe = Callable[[], Awaitable[bool]]
"""Whether a process serves. It must recognise its own process: on a taken port, another one answers."""
Output = Callable[[str, str], None]
"""Takes the name of a process and one line that it wrote, without the line's end."""

PROBE_SECONDS: Final = 0.1
"""Between two probes: short against the fastest start here (0.15 s)."""
ONE_PROBE_SECONDS: Final = 5.0
"""A probe that takes longer counts as a no."""
KEPT_LINES: Final = 200
"""Last lines of output that are kept, and"""
SHOWN_LINES: Final = 15
"""of these, shown to explain an end."""
LONGEST_LINE: Final = 1024 * 1024
"""Bytes of one line of output; a longer one is cut there, and the rest follows as a line of its own."""
KILL_SECONDS: Final = 5.0
"""Until the kernel has surely taken a killed process away."""
AUTOGROUP_SECONDS: Final = 0.11
"""Linux lets one session's priority be changed in a tenth of a second, and"""
AUTOGROUP_ATTEMPTS: Final = 10
"""so many times it is tried: others may have been first."""

_PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartupProblem(Exception):  # noqa: N818 - it is a sentence for a person that says what to do, not a fault of the code
    """What keeps something from starting, and what to do about it."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, and how to tell that it serves."""

    name: str
    argv: tuple[str, ...]
    ready: Probe
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of this process."""
    ready_seconds: float = 60.0
    """Longest that a start may take."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0
    """After the stop signal; then it is killed."""
    orphan_signal: signal.Signals | None = signal.SIGKILL
    """What the kernel sends it when its parent dies (Linux). None: its own command line arranges that."""
    inherited: tuple[int, ...] = ()
    """File descriptors that it inherits: a lock stays held until the process is really gone."""
    cwd: str | None = None
    nice: int = 0
    """How far it stands back when the processors are short: 0 not at all, 19 furthest."""


class ChildProcess:
    """One run of a program."""

    def __init__(self, program: Program, output: Output) -> None:
        self.program = program
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.last_lines: deque[str] = deque(maxlen=KEPT_LINES)

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and return when it serves.

        Raises:
            StartupProblem: it ended, or did not serve in time; it is stopped then.
        """
        await self.spawn()
        try:
            await self._until_ready()
        except BaseException:
            await self.stop()
            raise

    async def spawn(self) -> None:
        """Start it without waiting until it serves."""
        program = self.program
        self._process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **program.environment},
            cwd=program.cwd,
            pass_fds=program.inherited,
            start_new_session=True,
            preexec_fn=dies_with_this_process(program.orphan_signal),
            limit=LONGEST_LINE,
        )
        self._reader = asyncio.create_task(self._read(self._process), name=f"output of {program.name}")
        if program.nice:
            await _stand_back(self._process.pid, program.nice)

    async def wait(self) -> int:
        """Wait for its end. The exit code; minus the signal when one killed it."""
        code = await self._started().wait()
        if self._reader is not None:
            # A grandchild may hold the pipe open, so this wait has a limit.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._reader), 1.0)
        return code

    async def stop(self, *, at_once: bool = False) -> None:
        """Stop it: by its stop signal, and by SIGKILL when it has not ended in time, or ``at_once``."""
        process = self._process
        if process is None:
            return
        if process.returncode is None and not at_once:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.program.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.program.stop_seconds)
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.wait_for(process.wait(), KILL_SECONDS)
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    def kill(self) -> None:
        """Kill it without waiting."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.program.name} was not started")
        return self._process

    async def _until_ready(self) -> None:
        program = self.program
        ended = asyncio.create_task(self.wait())
        try:
            async with asyncio.timeout(program.ready_seconds):
                while not ended.done():
                    if await _probe(program.ready) and not ended.done():
                        return
                    await asyncio.wait({ended}, timeout=PROBE_SECONDS)
        except TimeoutError:
            raise StartupProblem(self._explain(f"did not answer within {program.ready_seconds:.0f} s")) from None
        finally:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        raise StartupProblem(self._explain(f"ended while it started, with exit code {self._started().returncode}"))

    def _explain(self, what: str) -> str:
        said = "\n".join(f"    {line}" for line in list(self.last_lines)[-SHOWN_LINES:])
        if "No space left on device" in said:
            return f"The disk is full: {self.program.name} {what}. Free some space, then start again."
        return f"{self.program.name} {what}. It said last:\n{said or '    (nothing)'}"

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        stream = process.stdout
        assert stream is not None
        while True:
            try:
                raw = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                raw = end.partial
                if not raw:
                    return
            except asyncio.LimitOverrunError as overrun:
                raw = await stream.readexactly(overrun.consumed)
            line = raw.decode(errors="replace").rstrip()
            self.last_lines.append(line)
            self._output(self.program.name, line)


async def _stand_back(pid: int, nice: int) -> None:
    """Lower a process's priority, as far as the system knows such a thing."""
    for _ in range(AUTOGROUP_ATTEMPTS):
        try:
            _lower(pid, nice)
        except BlockingIOError:
            await asyncio.sleep(AUTOGROUP_SECONDS)
        except OSError:
            return
        else:
            return


def _lower(pid: int, nice: int) -> None:
    """Linux shares the processors between sessions first (autogroup), and each child has a session of its own: among them, nice
    by itself orders nothing.
    """
    os.setpriority(os.PRIO_PROCESS, pid, nice)
    Path(f"/proc/{pid}/autogroup").write_text(str(nice))


async def _probe(probe: Probe) -> bool:
    try:
        async with asyncio.timeout(ONE_PROBE_SECONDS):
            return await probe()
    except TimeoutError:
        return False


def dies_with_this_process(orphan_signal: signal.Signals | None = signal.SIGKILL) -> Callable[[], None] | None:
    """For ``preexec_fn``: the kernel sends this signal when the process dies that starts the other (Linux)."""
    if _libc is None or orphan_signal is None:
        return None
    libc, parent, number = _libc, os.getpid(), int(orphan_signal)

    def in_the_child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # the parent died before the line above: nobody would tell us
            os._exit(1)

    return in_the_child
