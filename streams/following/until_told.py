"""Work that goes on until the process is told to stop."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def run_until_told(work: Coroutine[Any, Any, None]) -> None:
    """Cancel the work at SIGTERM or SIGINT, and return when it has ended.

    Raises:
        RuntimeError: the work was cancelled, and not by a signal. It has not stopped: it has failed.
        Exception: what the work raised.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, task.cancel)
    try:
        await task
    except asyncio.CancelledError as cancelled:
        if not task.cancelling():
            raise RuntimeError("A cancellation that nobody asked for ended the work.") from cancelled
