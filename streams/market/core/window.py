"""The open window: what came in since the last tick. Only in memory: after a crash it is folded again from the log."""

from typing import Final

from schemas.decoding import Undecodable, dead_letter, encode
from schemas.messages.dead_letters import DeadReason
from schemas.messages.market_inputs import Command, OpenAccount, PlaceOrder, ReportAttention
from schemas.topics import DEAD_LETTERS, MARKET_INPUTS
from streams.durable.fold import Output, Record
from streams.market.core.counters import PendingAttention
from streams.market.core.state import MarketState

MOST_COMMANDS: Final = 200
"""Commands that one tick takes. Each has a receipt of up to 2 KB in the tick's message, which must stay under its topic's
largest; people give far fewer in half a second."""

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
        self.dead_letters: list[Output] = []
        self._commands = 0

    def queue(self, record: Record, message: PlaceOrder | OpenAccount | Command) -> None:
        """Let an input wait for its tick."""
        if isinstance(message, PlaceOrder):
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
        self.bury(record, Undecodable(DeadReason.INVALID, detail))

    def bury(self, record: Record, fault: Undecodable) -> None:
        """Make a dead letter, which leaves with the tick."""
        letter = dead_letter(
            fault,
            topic=MARKET_INPUTS.name,
            partition=_PARTITION,
            offset=record.offset,
            at=record.timestamp,
            key=record.key,
            value=record.value,
        )
        self.dead_letters.append(Output(DEAD_LETTERS.name, MARKET_INPUTS.name.encode(), encode(letter)))
