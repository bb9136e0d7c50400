"""The open window: what came in since the last tick. Only in memory: after a crash it is folded again from the log."""

from typing import Final

from schemas.decoding import Undecodable
from schemas.messages.dead_letters import DeadReason
from schemas.messages.market_inputs import Command, OpenAccount, PlaceOrder, ReportAttention
from schemas.topics import MARKET_INPUTS
from streams.dead_letters import DeadLetters
from streams.durable.fold import Record
from streams.market.core.counters import PendingAttention
from streams.market.core.state import MarketState

MOST_COMMANDS: Final = 200
"""Commands that one tick takes. Each has a receipt of up to 2 KB in the tick's message, which must stay under its topic's
largest; people give far fewer in half a second."""

MOST_ORDERS: Final = 50_000
"""Orders that one tick decides: some 4 s of work. What waited through a longer outage is decided in several ticks, or no
tick would ever be closed within the limits of ``streams.durable``."""

_PARTITION: Final = 0
"""market.inputs has one."""


class OpenWindow:
    """Inputs in the order of the log, waiting for the mark that closes the tick."""

    def __init__(self, first_offset: int) -> None:
        self.first_offset = first_offset
        self.attention = PendingAttention()
        self.openings_and_commands: list[tuple[Record, OpenAccount | Command]] = []
        self.orders: list[tuple[int, PlaceOrder]] = []
        """With their offsets."""
        self.dead_letters = DeadLetters(topic=MARKET_INPUTS.name, partition=_PARTITION)
        self.left_over: list[Record] = []
        """Once the window is full: everything from the first order on that it did not take, for the next tick."""
        self._commands = 0

    def next_offset(self, mark_offset: int) -> int:
        """What the tick that a mark closes has folded: everything before this offset."""
        return self.left_over[0].offset if self.left_over else mark_offset + 1

    def queue(self, record: Record, message: PlaceOrder | OpenAccount | Command) -> None:
        """Let an input wait for its tick."""
        if isinstance(message, PlaceOrder):
            if len(self.orders) >= MOST_ORDERS:
                self.left_over.append(record)
                return
            self.orders.append((record.offset, message))
            return
        if not isinstance(message, OpenAccount):
            self._commands += 1
            if self._commands > MOST_COMMANDS:
                self.refuse(record, f"A tick takes {MOST_COMMANDS} commands at most. Give it again.")
                return
        self.openings_and_commands.append((record, message))

    def count(self, record: Record, report: ReportAttention, state: MarketState) -> None:
        """Take in what a shard of attention reports."""
        contradiction = self.attention.take(report, state)
        if contradiction is not None:
            self.refuse(record, contradiction)

    def refuse(self, record: Record, detail: str) -> None:
        """Make a dead letter of a message that says what cannot be."""
        self.dead_letters.bury(record, Undecodable(DeadReason.INVALID, detail))
