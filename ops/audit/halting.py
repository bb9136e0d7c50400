"""Halting trading after a mismatch: one command through the log, until a tick says that it was carried out, and never again.

The command's id follows from the tick, so that a restart sends nothing twice. A command is refused when it was too long on
its way; then, and only then, the next id follows. Its time is the log's, off the newest tick: a wrong clock here must not
make a halt too old for ever.
"""

import time
import uuid
from typing import Final

import structlog

from ops.audit.logs import LogReader
from ops.audit.published import TICKS, seek_tick, tick_in
from ops.audit.verdicts import Speaker
from schemas.messages.audit_verdicts import Mismatch
from schemas.messages.market_inputs import SetHalt
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_INPUTS

AUDITOR: Final = "auditor"
LONGEST_REASON: Final = 200
"""Characters of a reason (``Person``)."""
SEND_AGAIN_SECONDS: Final = 30.0
"""Without any answer: longer than the 20 s for which the market remembers a command, so that it cannot take place twice."""
LOOK_SECONDS: Final = 1.0
FIRST_TICK: Final = 1
_NAMESPACE: Final = uuid.UUID("6b1f0d36-2a57-4b0e-9c41-52f8a0a1c7de")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def halt_id(tick: int, attempt: int) -> str:
    """The id of the command that halts the market for a mismatch at a tick."""
    return str(uuid.uuid5(_NAMESPACE, f"{tick}/{attempt}"))


async def halt_once(bootstrap: str, speaker: Speaker, mismatch: Mismatch) -> None:
    """See to it that the market was halted for this mismatch once. Returns when a tick says so."""
    async with LogReader(bootstrap, {TICKS: 0}, patient=True) as reader:
        ticks, attempt = reader[TICKS], Attempt(mismatch)
        await seek_tick(ticks, max(FIRST_TICK, mismatch.tick - 1))  # its own may be what cannot be read
        while True:
            end = await ticks.end()
            while not await ticks.holds_nothing_before(end):
                attempt.look_at(tick_in(ticks.take()))
            if attempt.succeeded:
                log.warning("trading_is_halted", tick=mismatch.tick)
                return
            if attempt.is_due():
                await speaker.send(MARKET_INPUTS.name, AUDITOR.encode(), attempt.command())
            await ticks.peek(seconds=LOOK_SECONDS)


class Attempt:
    """The command that is to halt the market, and what became of it."""

    def __init__(self, mismatch: Mismatch) -> None:
        self.succeeded = False
        self._mismatch = mismatch
        self._number = 0
        self._sent_at = float("-inf")
        self._log_time: int | None = None

    def look_at(self, tick: Tick | None) -> None:
        """Take in a tick: it may say that the command was carried out, or refused. None: perhaps the very tick that differs."""
        if tick is None:
            return
        self._log_time = tick.closed_at
        for receipt in tick.commands:
            if receipt.command_id == halt_id(self._mismatch.tick, self._number):
                self.succeeded = self.succeeded or receipt.applied
                self._number, self._sent_at = self._number + 1, float("-inf")

    def is_due(self) -> bool:
        """Whether it has to be sent: it was not, or nothing was heard of it."""
        return time.monotonic() - self._sent_at > SEND_AGAIN_SECONDS

    def command(self) -> SetHalt:
        """The command, to be sent now."""
        self._sent_at = time.monotonic()
        reason = f"The audit found a mismatch. {self._mismatch.found[0]}"
        return SetHalt(
            v=1,
            command_id=halt_id(self._mismatch.tick, self._number),
            at=time.time_ns() // 1_000_000 if self._log_time is None else self._log_time,
            by=AUDITOR,
            reason="".join(character if character.isprintable() else " " for character in reason)[:LONGEST_REASON],
            biome=None,
            halted=True,
        )
