"""What the durable loop asks of a core: a fold over the records of one partition. Pure: this module imports no Kafka."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from streams.durable.rows import Rows


class Record(NamedTuple):
    """One input, as the broker gave it."""

    offset: int
    timestamp: int
    """Milliseconds: the broker's append time."""
    key: bytes | None
    value: bytes | None


class Output(NamedTuple):
    """One message to send."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Commit(NamedTuple):
    """A point at which outputs and changed rows become durable together."""

    next_offset: int
    """The rows stand for every input before this offset, and a crash resumes here."""
    outputs: Sequence[Output]
    may_wait: bool = False
    """It may be put off and made together with the next one, where commits take longer than what they commit."""


class CannotFoldError(Exception):
    """A fold that cannot go on, and says what an operator has to do. The worker ends, and nothing is committed or lost."""


class Fold(Protocol):
    """A state machine over one partition (law 7): same records, same bytes, on any machine, at any time."""

    rows: Rows
    """The durable state. The loop writes what changed in it at each commit; nothing changes in it between two."""

    def initial_commit(self) -> Commit | None:
        """What has to be durable before the first record is folded, for a shard that has no rows yet. None: nothing."""
        ...

    def fold(self, record: Record) -> Commit | None:
        """Take in the next record. A commit when the state that it leaves is whole; until then nothing is durable,
        and after a crash the records since the last commit are folded again.

        Raises:
            CannotFoldError: an operator has to do something first.
        """
        ...

    def report(self) -> Sequence[Output]:
        """What to tell others at the end of a batch, outside any transaction: only what may be lost, repeated or told
        again after a crash without harm (cumulative counters).
        """
        ...
