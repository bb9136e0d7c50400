"""The chain of ticks, followed with the bodies alone: each is what its hash says, names the one before, and keeps the laws."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from schemas.decoding import decode_tick
from schemas.messages.fields import Sha256
from schemas.messages.market_ticks import NO_PREVIOUS, Tick
from streams.receipts.checks import faults_after, faults_alone


class Link(NamedTuple):
    """A tick that was checked."""

    tick: Tick
    hash: Sha256


class Chain:
    """Takes ticks in order. ``take`` returns what is wrong with the next one, as sentences."""

    def __init__(self, last: Link | None = None) -> None:
        """``last`` None: whatever comes first is taken as the beginning."""
        self.last = last

    def take(self, body: bytes, stated: str | None) -> list[str]:
        """Check the next tick. ``stated`` is the hash that stands beside the body; None: none does."""
        digest = hashlib.sha256(body).hexdigest()
        try:
            tick = decode_tick(body)
        except msgspec.MsgspecError as fault:
            return [f"after tick {self.last.tick.tick if self.last else 0}: not a tick: {fault}"]
        faults = [
            *([] if stated in {None, digest} else ["the body does not have the hash that stands beside it"]),
            *self._follows(tick),
            *faults_alone(tick),
        ]
        self.last = Link(tick, digest)
        return [f"tick {tick.tick}: {fault}" for fault in faults]

    def _follows(self, tick: Tick) -> Iterator[str]:
        if self.last is None:
            if tick.tick == 1 and tick.previous != NO_PREVIOUS:
                yield "the first tick names one before it"
            return
        if tick.tick == self.last.tick.tick + 1 and tick.previous != self.last.hash:
            yield f"the chain is broken: it does not name the hash of tick {self.last.tick.tick}"
        yield from faults_after(tick, self.last.tick)
