"""What concurrent requests ask of PostgreSQL, asked together: while one statement is under way, and a moment after it, the next one
gathers. A request that comes alone is asked for at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from psycopg import DataError

MOST_AT_ONCE = 200
"""Requests of one statement: more wait for the next, so that none of them is slow."""

PAUSE_SECONDS = 0.003
"""After a statement: at 500 orders a second it takes an eighth off an order's processor time, and waiting for a processor is what
makes the slow ones slow.
"""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Gathered(Generic[Asked, Answer]):
    """Asks one batch after another. Each request gets its own answer, or the fault of its batch."""

    def __init__(self, ask: Callable[[list[Asked]], Awaitable[Sequence[Answer]]]) -> None:
        """``ask`` gives an answer for each of at most ``MOST_AT_ONCE`` requests, in their order."""
        self._ask = ask
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """The answer to one request. Raises what asking for its batch raises."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all())
        return await answer

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._ask_for(batch)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._asking = None

    async def _ask_for(self, batch: list[tuple[Asked, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._ask([asked for asked, _ in batch])
        except Exception as fault:  # noqa: BLE001 - each request answers it
            if len(batch) > 1 and isinstance(fault, DataError):
                # One of them holds what PostgreSQL cannot: the others are not to be refused for it.
                for one in batch:
                    await self._ask_for([one])
                return
            for _, answer in batch:
                if not answer.done():  # its request was given up
                    answer.set_exception(fault)
        else:
            for (_, answer), given in zip(batch, answers, strict=True):
                if not answer.done():
                    answer.set_result(given)
