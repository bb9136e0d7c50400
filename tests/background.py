"""An event loop in a thread of its own, for what goes on while a test, or a harness, waits for something else."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

START_SECONDS: Final = 300.0
"""The very first start downloads Kafka."""
LAST_SECONDS: Final = 30.0
"""For what was cancelled to leave its brokers, which may be gone."""

_Result = TypeVar("_Result")


class BackgroundLoop:
    """Runs coroutines in its thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="background", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Do it there, and wait for it here."""
        return self.begin(work).result(START_SECONDS)

    def begin(self, work: Coroutine[Any, Any, _Result]) -> "Future[_Result]":
        """Let it go on there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """End what still goes on."""
        self.run(_end_all_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _end_all_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=LAST_SECONDS)
