"""The dead letters of an open window, in bounded space. Pure: both cores use it."""

from typing import Final

from schemas.decoding import Undecodable, dead_letter, encode
from schemas.topics import DEAD_LETTERS
from streams.durable.fold import Output, Record

MOST_LETTERS: Final = 1_000
"""Of one window. A flood of garbage must not make a commit that takes longer than its limit: it is counted then."""
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one window's letters together, for the same reason."""


class DeadLetters:
    """Letters that leave with the next commit. Beyond the bounds messages are only counted: their bytes are still in
    their own topic, and what is counted is not lost from the books (law 10).
    """

    def __init__(self, *, topic: str, partition: int) -> None:
        self._topic = topic
        self._partition = partition
        self._bytes = 0
        self.buried = 0
        """Messages that were not understood, those without a letter included."""
        self.outputs: list[Output] = []

    def bury(self, record: Record, fault: Undecodable) -> None:
        """Write the letter of a message: its bytes, where it came from, and why."""
        self.buried += 1
        if len(self.outputs) >= MOST_LETTERS or self._bytes >= MOST_BYTES:
            return
        letter = dead_letter(
            fault,
            topic=self._topic,
            partition=self._partition,
            offset=record.offset,
            at=record.timestamp,
            key=record.key,
            value=record.value,
        )
        value = encode(letter)
        self._bytes += len(value)
        self.outputs.append(Output(DEAD_LETTERS.name, self._topic.encode(), value))
