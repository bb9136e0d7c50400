"""The live stream as it reads for a program: typed events, each once, over any number of connections. No I/O here."""

from time import monotonic
from typing import Final, NamedTuple, TypeAlias

import httpx
import msgspec
from httpx_sse import ServerSentEvent

from client.models import Account, Order, Snapshot, StreamStatus, Tick
from client.problems import UnreachableError

PATH: Final = "/biome-market/stream"
STATUS: Final = "status"
"""About the stream itself: when it ends, when to come back."""
SILENCE_SECONDS: Final = 40.0
"""Heartbeats come every 15 s: a connection that is silent for longer is dead, whatever TCP thinks."""
FIRST_WAIT_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 10.0
HOPELESS: Final = frozenset({400, 401, 403, 404, 422})
"""Answers that asking again does not change."""

Event: TypeAlias = Snapshot | Tick | Order | Account | StreamStatus

_DECODERS: Final[dict[str, "msgspec.json.Decoder[Event]"]] = {
    "snapshot": msgspec.json.Decoder[Event](Snapshot),
    "tick": msgspec.json.Decoder[Event](Tick),
    "order": msgspec.json.Decoder[Event](Order),
    "account": msgspec.json.Decoder[Event](Account),
    STATUS: msgspec.json.Decoder[Event](StreamStatus),
}


class _Seen(NamedTuple):
    name: str
    data: str


class Resumption:
    """Where a stream stands: what to ask for next, and what it has told already."""

    def __init__(self, patience_seconds: float | None) -> None:
        self.wait = FIRST_WAIT_SECONDS
        self.silence_seconds = SILENCE_SECONDS if patience_seconds is None else min(SILENCE_SECONDS, patience_seconds)
        self._patience_seconds = patience_seconds
        self._told_at = monotonic()
        self._last_id: str | None = None
        self._of_last_id: set[_Seen] = set()

    def lose_patience(self, why: str) -> None:
        """Raises UnreachableError when nothing was told for too long."""
        if self._patience_seconds is not None and monotonic() - self._told_at >= self._patience_seconds:
            raise UnreachableError(f"The stream told nothing for {self._patience_seconds:g} s: {why}")

    def headers(self) -> dict[str, str]:
        """What to ask with."""
        asked = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        return asked if self._last_id is None else {**asked, "Last-Event-ID": self._last_id}

    def hopeless(self, answer: httpx.Response) -> bool:
        """Whether asking again would not help."""
        return answer.status_code in HOPELESS

    def take(self, received: ServerSentEvent) -> Event | None:
        """The event; None for one that is unknown, or came before, as from a server of an older version."""
        decoder = _DECODERS.get(received.event)
        if decoder is None:
            return None
        if received.event == STATUS:  # it has no id, and says nothing of the market: no patience is gained by it
            if received.retry is not None:
                self.wait = received.retry / 1_000  # a server that stops sends each client away for a time of its own
            return decoder.decode(received.data)
        self.wait = FIRST_WAIT_SECONDS
        self._told_at = monotonic()
        if received.id != self._last_id:
            self._last_id = received.id
            self._of_last_id = set()
        seen = _Seen(received.event, received.data)
        if seen in self._of_last_id:
            return None
        self._of_last_id.add(seen)
        return decoder.decode(received.data)

    def next_wait(self) -> float:
        """Seconds until the next attempt."""
        wait, self.wait = self.wait, min(2 * self.wait, LONGEST_WAIT_SECONDS)
        return wait
