"""A process that was told to stop has stopped; one that was cancelled by nobody has failed."""

import asyncio
import os
import signal

import pytest

from streams.following.until_told import run_until_told


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_it_returns_when_the_process_is_told(how: signal.Signals) -> None:
    async def work() -> None:
        os.kill(os.getpid(), how)
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await run_until_told(work())


async def test_a_cancellation_that_nobody_asked_for_is_a_failure() -> None:
    async def work() -> None:
        part = asyncio.ensure_future(asyncio.Event().wait())
        asyncio.get_running_loop().call_soon(part.cancel)
        await part

    with pytest.raises(RuntimeError, match="nobody asked for"):
        await run_until_told(work())


async def test_what_the_work_raises_comes_through() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await run_until_told(work())
