"""One open stream, driven by the hub: it has a buffer and no loop of its own."""

import asyncio
import types
from collections import deque
from collections.abc import Coroutine, Generator, Iterable
from typing import Any, Literal

from starlette.types import Send

MOST_PRIVATE_EVENTS = 1_000
"""Order and account events waiting for one slow reader. Past it the stream is ended: the client resumes and loses none."""


class Connection:
    """Ticks: only the newest one waits, since each carries the whole state. Private events: every one, in order."""

    def __init__(self, send: Send, *, player: str | None, network: str | None = None) -> None:
        self.player = player
        self.network = network
        self.closed = asyncio.Event()
        self.cut_off: Literal["slow", "stalled"] | None = None
        """Why the stream was ended by us before its time; None: it was not."""
        self.goodbye = b""
        """What the response ends with."""
        self._send = send
        self._tick: tuple[int, bytes] | None = None
        self._private: deque[tuple[int, bytes]] = deque()
        self._held_back = True
        self._sending: asyncio.Task[None] | None = None
        self._stalled: asyncio.Task[None] | None = None

    def offer(self, tick: int, event: bytes, private: Iterable[bytes] = ()) -> bool:
        """A tick has happened, with what it means to this player. True: an older one, which the reader has not taken, is dropped."""
        dropped = self._tick is not None and not self._held_back
        self._tick = (tick, event)
        self._private.extend((tick, event) for event in private)
        if len(self._private) > MOST_PRIVATE_EVENTS:
            self.cut_off = "slow"
            self.close()
        else:
            self._flush()
        return dropped

    async def write(self, chunk: bytes) -> None:
        """Send a part of what the stream begins with, and wait until its reader has taken it: so memory stays bounded."""
        self.push(chunk)
        if self._sending is not None:
            await asyncio.wait((self._sending,))

    def release(self, first: bytes, *, public_after: int, private_after: int) -> None:
        """Send what the stream begins with, and from now on what is offered, except what is in the beginning already."""
        if self._tick is not None and self._tick[0] <= public_after:
            self._tick = None
        self._private = deque(entry for entry in self._private if entry[0] > private_after)
        self._held_back = False
        self.push(first)
        self._flush()

    def push(self, chunk: bytes) -> None:
        """Send bytes as they are, unless a slow reader has not taken the last ones yet."""
        if self._sending is None and not self.closed.is_set():
            self._start(chunk)

    def heartbeat(self, comment: bytes) -> None:
        """Show that the stream lives, and end it if its reader has taken nothing since the heartbeat before."""
        if self._sending is not None and self._sending is self._stalled:
            self.cut_off = "stalled"
            self.close()
            return
        self._stalled = self._sending
        self.mention(comment)

    def mention(self, chunk: bytes) -> None:
        """Send what a reader can do without: not before the beginning, and not to a slow one."""
        if not self._held_back:
            self.push(chunk)

    def close(self, goodbye: bytes = b"") -> None:
        """End the stream, with these bytes if it has not ended yet."""
        if not self.closed.is_set():
            self.goodbye = goodbye
        self.closed.set()
        if self._sending is not None:
            self._sending.cancel()

    def _flush(self) -> None:
        """Send what waits. Private events go before the tick: who has seen tick N has seen all that it did to them."""
        if self._held_back or self._sending is not None or self.closed.is_set():
            return
        chunk = b"".join(event for _, event in self._private)
        self._private.clear()
        if self._tick is not None:
            chunk += self._tick[1]
            self._tick = None
        if chunk:
            self._start(chunk)

    def _start(self, chunk: bytes) -> None:
        try:
            self._sending = run_until_it_waits(
                self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            )
        except (OSError, RuntimeError):  # the server ended the response under us
            self.close()
            return
        if self._sending is not None:
            self._sending.add_done_callback(self._sent)

    def _sent(self, sending: asyncio.Task[None]) -> None:
        self._sending = None
        if sending.cancelled() or sending.exception() is not None:
            self.close()
        else:
            self._flush()


def run_until_it_waits(coroutine: Any) -> asyncio.Task[None] | None:
    """Run a coroutine now; None when it ended without waiting, else the task that finishes it.

    Nearly every send only fills the socket's buffer and never waits: a task for each would be most of the cost of a tick
    with thousands of streams. (Python 3.12's eager tasks do the same.)
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.get_running_loop().create_task(_finish(coroutine, waits_for))


async def _finish(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _resume(coroutine, waits_for)


@types.coroutine
def _resume(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    try:
        yield waits_for  # the future that the coroutine gave away when it was run outside a task
        yield from coroutine
    finally:
        coroutine.close()
