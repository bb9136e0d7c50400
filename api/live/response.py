"""The stream's HTTP response: sse-starlette's headers and encoding, without its loop and tasks per client."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.types import Receive, Scope, Send

from api.live.connection import Connection
from api.live.encoding import RETRY, goodbye
from api.live.hub import Hub
from api.live.models import ClosingReason
from api.live.transport import abort, chunk_sender

LAST_SEND_SECONDS = 2.0
"""For the end of a stream. A reader that takes nothing does not take that either, and its connection is cut."""

Begin = Callable[[Connection], Coroutine[Any, Any, None]]
"""Sends what the stream begins with, by ``Connection.release``; or closes it, and the client tries again."""


class HubResponse(EventSourceResponse):
    """Keeps the connection open while the hub sends on it.

    A generator and four tasks for each client, as sse-starlette has them, serve 2,000 streams with a p99 under 250 ms;
    one hub that calls each connection's ``send`` serves 15,000.
    """

    def __init__(
        self, hub: Hub, *, player: str | None, network: str | None, begin: Begin, until: float | None = None
    ) -> None:
        """``until``: Unix time at which the right to it ends."""
        super().__init__(_nothing())
        self._hub = hub
        self._player = player
        self._network = network
        self._begin = begin
        self._until = until

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            await send({"type": "http.response.body", "body": RETRY, "more_body": True})
            connection = Connection(chunk_sender(scope, send), player=self._player, network=self._network)
            await self._stay(connection, receive)
            await _end(scope, send, connection.goodbye)
        else:
            await _end(scope, send)

    async def _stay(self, connection: Connection, receive: Receive) -> None:
        leaving = asyncio.create_task(_close_when_gone(receive, connection))
        beginning = asyncio.create_task(self._begin(connection))
        ending = self._end_in_time(connection)
        with self._hub.connected(connection):
            try:
                await _first_of(connection, beginning)
                await connection.closed.wait()
            finally:
                connection.close()
                leaving.cancel()
                beginning.cancel()
                if ending is not None:
                    ending.cancel()

    def _end_in_time(self, connection: Connection) -> asyncio.TimerHandle | None:
        """A stream outlives neither the token nor the key that it was opened with."""
        if self._until is None:
            return None
        left = self._until - time.time()
        return asyncio.get_running_loop().call_later(left, connection.close, goodbye(ClosingReason.RIGHTS))


async def _end(scope: Scope, send: Send, last: bytes = b"") -> None:
    """End the response, or cut the connection of a reader that does not take its end."""
    end = {"type": "http.response.body", "body": last, "more_body": False}
    try:
        async with asyncio.timeout(LAST_SEND_SECONDS):
            await send(end)
    except TimeoutError:
        if abort(scope):
            await send(end)  # nothing is sent any more: it returns as soon as the connection is gone


async def _first_of(connection: Connection, beginning: "asyncio.Task[None]") -> None:
    """Wait for the beginning, or for the client to leave during it. Raises what the beginning raises."""
    closed = asyncio.create_task(connection.closed.wait())
    try:
        await asyncio.wait((closed, beginning), return_when=asyncio.FIRST_COMPLETED)
    finally:
        closed.cancel()
    if beginning.done():
        await beginning


async def _close_when_gone(receive: Receive, connection: Connection) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connection.close()


async def _nothing() -> AsyncIterator[bytes]:
    """The content that the superclass asks for and that is never iterated."""
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk
