"""Keeps programs running: starts them in order, restarts what ends or makes no progress, and stops all in reverse order."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from ops.process import ChildProcess, Output, Probe, Program, StartupProblem

FIRST_DELAY_SECONDS: Final = 0.2
"""Before the first restart: a worker that ended on purpose (a fenced one, one that met a gap) is back within a second."""
LONGEST_DELAY_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 10.0
"""A program that ran so long starts again from the first delay: what cannot run at all ends sooner."""
WATCH_SECONDS: Final = 1.0
"""Between two questions whether a program makes progress."""

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A process may live and yet do nothing: restart it when it has made no progress for so long."""

    progresses: Probe
    seconds: float


@dataclass(kw_only=True)
class _Kept:
    child: ChildProcess
    watch: Watch | None
    keeper: "asyncio.Task[None] | None" = None


class Supervisor:
    """The programs that run, in the order in which they were started.

    Inside ``async with``, Ctrl-C and SIGTERM set ``interrupted``, and a second one kills everything and ends this
    process; leaving it stops everything.
    """

    def __init__(
        self, *, say: Callable[[str], None], output: Output, changed: Callable[[Mapping[str, int]], None] | None = None
    ) -> None:
        self.interrupted = asyncio.Event()
        self._say = say
        self._output = output
        self._changed = changed
        self._kept: list[_Kept] = []

    async def __aenter__(self) -> Self:
        for number in _STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        for number in _STOP_SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)

    async def start(self, program: Program, *, watch: Watch | None = None, attempts: int = 1) -> ChildProcess:
        """Start a program, return when it serves, and keep it running from then on.

        Raises:
            StartupProblem: it did not come to serve in so many attempts.
        """
        child = ChildProcess(program, self._output)
        kept = _Kept(child=child, watch=watch)
        self._kept.append(kept)
        delay = FIRST_DELAY_SECONDS
        for attempts_left in reversed(range(attempts)):
            try:
                await child.start()
                self._tell_what_runs()
                break
            except StartupProblem as problem:
                if attempts_left == 0:
                    raise
                self._say(f"{problem}\n{program.name} is tried again in {delay:.1f} s.")
                await asyncio.sleep(delay)
                delay = _longer(delay)
        kept.keeper = asyncio.create_task(self._keep(kept), name=f"keeper of {program.name}")
        return child

    async def unless_interrupted(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work, and give it up at Ctrl-C or SIGTERM."""
        task = asyncio.create_task(work)
        interrupted = asyncio.create_task(self.interrupted.wait())
        try:
            await asyncio.wait({task, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            for each in (task, interrupted):
                each.cancel()
            await asyncio.gather(task, interrupted, return_exceptions=True)

    async def stop(self) -> None:
        """Stop everything, the last one started first."""
        for kept in self._kept:  # first of all, so that nothing comes back while others stop
            if kept.keeper is not None:
                kept.keeper.cancel()
        await asyncio.gather(*(kept.keeper for kept in self._kept if kept.keeper is not None), return_exceptions=True)
        while self._kept:
            child = self._kept[-1].child
            if child.running:
                self._say(f"Stopping {child.program.name}.")
            await child.stop()
            self._kept.pop()

    def _tell_what_runs(self) -> None:
        if self._changed is not None:
            self._changed({kept.child.program.name: kept.child.pid for kept in self._kept if kept.child.running})

    def _on_signal(self) -> None:
        if not self.interrupted.is_set():
            self.interrupted.set()
            self._say("Stopping. (Once more: at once.)")
            return
        for kept in reversed(self._kept):
            kept.child.kill()
        self._say("Killed everything. What was written is safe; the next start takes a little longer.")
        os._exit(128 + signal.SIGINT)

    async def _keep(self, kept: _Kept) -> None:
        """Restart one program for ever, each time later, and each time saying so."""
        child, name = kept.child, kept.child.program.name
        delay = FIRST_DELAY_SECONDS
        while True:
            started = time.monotonic()
            why = await self._until_it_needs_a_restart(kept)
            if time.monotonic() - started >= STEADY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            self._say(f"{name} {why}. Starting it again in {delay:.1f} s; everything else goes on.")
            await asyncio.sleep(delay)
            delay = _longer(delay)
            try:
                await child.start()
                self._tell_what_runs()
                self._say(f"{name} runs again.")
            except (StartupProblem, OSError) as problem:
                self._say(str(problem))

    async def _until_it_needs_a_restart(self, kept: _Kept) -> str:
        child = kept.child
        if not child.running:
            return "is not running"
        ended = asyncio.create_task(child.wait())
        stalled = asyncio.create_task(_until_stalled(kept.watch))
        try:
            await asyncio.wait({ended, stalled}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                return _how_it_ended(ended.result())
            await child.stop()
            assert kept.watch is not None
            return f"made no progress for {kept.watch.seconds:.0f} s and was stopped"
        finally:
            for task in (ended, stalled):
                task.cancel()
            await asyncio.gather(ended, stalled, return_exceptions=True)


async def _until_stalled(watch: Watch | None) -> None:
    if watch is None:
        await asyncio.Event().wait()
        return
    last_progress = time.monotonic()
    while time.monotonic() - last_progress < watch.seconds:
        await asyncio.sleep(WATCH_SECONDS)
        # A probe that raises is no progress; what is wrong shows in the output of the program itself.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(watch.seconds):
                if await watch.progresses():
                    last_progress = time.monotonic()


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _longer(delay: float) -> float:
    return min(2 * delay, LONGEST_DELAY_SECONDS)
