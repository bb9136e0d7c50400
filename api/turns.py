"""Turns for work that is dear: a few at once, some waiting, and everyone above that told to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.problems import BUSY, ProblemError


class Turns:
    """What waits is bounded, so a flood neither grows without end nor takes what other requests need."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._inside = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it meanwhile.

        Raises:
            ProblemError: too many wait already.
        """
        if self._inside >= self._most:
            raise ProblemError(BUSY, "Too many requests of this kind are waiting. Try again in a moment.")
        self._inside += 1
        try:
            async with self._free:
                yield
        finally:
            self._inside -= 1
