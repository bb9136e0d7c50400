"""An asyncio event loop with virtual time, which runs several processes that can crash or stand still between any two steps.

There is no selector and no thread: what is ready runs, and when nothing is ready time jumps to the next timer. The order
between processes is chosen from the seed; within one process it is asyncio's.
"""

import asyncio
import contextlib
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from itertools import count
from random import Random
from typing import Any, Final

START: Final = 1_000.0
"""Virtual seconds at the beginning. Not 0, which would hide a forgotten time."""
DONE_TASKS_KEPT: Final = 64
"""Tasks of a process are looked through for done ones whenever so many have come."""


class ProcessEnded(BaseException):
    """Not an error: it unwinds the code of a process that has ended. Raised where a process ends itself, or is crashed in the middle of a step."""


class SimulatedProcess:
    """One incarnation of a program: its steps never run again once it is dead, and wait while it is paused."""

    def __init__(self, name: str, loop: "SimulatedLoop") -> None:
        self.name = name
        self.alive = True
        self.paused = False
        self.exit_status: int | None = None
        """None: it runs, or was killed from outside."""
        self.crash_point: str | None = None
        """It crashes when it comes to this point of its work."""
        self.steps_to_live: int | None = None
        """It crashes when so many more steps were done."""
        self.ready: deque[Step] = deque()
        self.runnable = False
        self.tasks: list[asyncio.Task[Any]] = []
        self.context: Context = copy_context()
        self.context.run(_process.set, self)
        self._loop = loop

    def __repr__(self) -> str:
        return self.name

    def start(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine as a task of this process."""
        return self._loop.create_task(coroutine, context=self.context)

    def pause(self) -> None:
        """As SIGSTOP does."""
        self.paused = True
        self._loop.forget(self)

    def resume(self) -> None:
        """As SIGCONT does: what has come due meanwhile runs now."""
        self.paused = False
        self._loop.consider(self)

    def die(self, exit_status: int | None = None) -> None:
        """Stop for good, between two steps or in the middle of one. Nothing that it still does has an effect."""
        if not self.alive:
            return
        self.alive = False
        self.exit_status = exit_status
        self._loop.bury(self)


_process: ContextVar[SimulatedProcess] = ContextVar("simulated process")


class Step:
    """Something that a process will do: what asyncio calls a handle."""

    __slots__ = ("_args", "_callback", "_context", "is_cancelled", "process", "time")

    def __init__(
        self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context | None, time: float = 0.0
    ) -> None:
        self._context = copy_context() if context is None else context
        self._callback = callback
        self._args = args
        self.process = self._context.get(_process)
        self.time = time
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.time

    def run(self) -> None:
        self._context.run(self._callback, *self._args)


def current_process() -> SimulatedProcess:
    """The process whose step runs now."""
    return _process.get()


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Runs processes step by step. The world (brokers, players, supervisor) is a process too, which never crashes."""

    def __init__(self, random: Random) -> None:
        self.now = START
        self.steps = 0
        self._random = random
        self._timers: list[tuple[float, int, Step]] = []
        self._numbers = count()
        self._runnable: list[SimulatedProcess] = []
        self._dead: list[SimulatedProcess] = []
        self._stopped = False
        self.when_crashed: Callable[[SimulatedProcess], None] = lambda _process: None
        self.when_dead: Callable[[SimulatedProcess], None] = lambda _process: None
        self.world = SimulatedProcess("world", self)

    # What asyncio asks of a loop.

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: Any = None, context: Context | None = None) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name or "task", context=context)
        process = (copy_context() if context is None else context)[_process]
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        tasks = process.tasks
        tasks.append(task)
        if len(tasks) > DONE_TASKS_KEPT:
            process.tasks = [one for one in tasks if not one.done()]
        return task

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        step = Step(callback, args, context)
        self._enqueue(step)
        return step

    def call_later(self, delay: float, callback: Any, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> Any:  # type: ignore[override]
        step = Step(callback, args, context, when)
        heapq.heappush(self._timers, (when, next(self._numbers), step))
        return step

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """What a task raises is its process's affair: its own code watches its tasks, or it is dead already."""

    # What the simulation does with it.

    def in_world(self, delay: float, callback: Callable[..., Any], *args: Any) -> None:
        """Let something happen in the world after so many seconds."""
        self.call_at(self.now + delay, callback, *args, context=self.world.context)

    def consider(self, process: SimulatedProcess) -> None:
        if process.ready and not process.paused and not process.runnable:
            process.runnable = True
            self._runnable.append(process)

    def forget(self, process: SimulatedProcess) -> None:
        if process.runnable:
            process.runnable = False
            self._runnable.remove(process)

    def bury(self, process: SimulatedProcess) -> None:
        self.forget(process)
        process.ready.clear()
        self._dead.append(process)
        self.when_dead(process)

    def run(self) -> None:
        """Run until ``stop`` is called."""
        self._stopped = False
        asyncio._set_running_loop(self)
        try:
            while not self._stopped:
                self._run_to_next_event()
        finally:
            asyncio._set_running_loop(None)

    def stop(self) -> None:
        """Return from ``run`` after this step."""
        self._stopped = True

    def close_all(self) -> None:
        """End what still runs, so that no coroutine is left half done."""
        asyncio._set_running_loop(self)
        self.when_dead = lambda _process: None
        try:
            for process in [*self._runnable, *(step.process for *_, step in self._timers)]:
                if process is not None:
                    process.die()
            self._close_coroutines()
        finally:
            asyncio._set_running_loop(None)

    def _enqueue(self, step: Step) -> None:
        process = step.process
        if process is None or not process.alive:
            return
        process.ready.append(step)
        if not process.runnable and not process.paused:
            process.runnable = True
            self._runnable.append(process)

    def _run_to_next_event(self) -> None:
        """All that is ready, then one timer."""
        runnable = self._runnable
        while runnable:
            process = runnable[0] if len(runnable) == 1 else runnable[int(self._random.random() * len(runnable))]
            step = process.ready.popleft()
            if not process.ready:
                process.runnable = False
                runnable.remove(process)
            self._run_step(process, step)
        if self._dead:
            self._close_coroutines()
        when, _, step = heapq.heappop(self._timers)
        timed = step.process
        if step.is_cancelled or timed is None or not timed.alive:
            return
        self.now = max(self.now, when)
        if timed.paused:
            timed.ready.append(step)
        else:
            self._run_step(timed, step)

    def _run_step(self, process: SimulatedProcess, step: Step) -> None:
        if step.is_cancelled:
            return
        self.steps += 1
        if process is self.world:
            step.run()
            return
        if process.steps_to_live is not None:
            process.steps_to_live -= 1
            if process.steps_to_live < 0:
                self.when_crashed(process)
                process.die()
                return
        try:
            step.run()
        except ProcessEnded:
            return

    def _close_coroutines(self) -> None:
        """Here and now, not when garbage is collected: the order of everything comes from the seed."""
        while self._dead:
            for task in self._dead.pop().tasks:
                if not task.done():
                    _close(task)


def _close(task: asyncio.Task[Any]) -> None:
    with contextlib.suppress(BaseException):  # a dead process may say what it likes
        task.get_coro().close()
