"""What a shard keeps from one window to the next: one row, written at each window's end."""

import msgspec

from schemas.biomes import BIOMES
from schemas.messages.fields import Discard
from schemas.units import Millis
from streams.durable.fold import CannotFoldError

ROW_KEY = b"shard"


class ShardCountChanged(CannotFoldError):  # noqa: N818 -- says what happened, as the docs name it
    """The rows were counted with another number of shards. The message says what to do."""


class WindowLengthChanged(CannotFoldError):  # noqa: N818 -- says what happened, as the docs name it
    """The rows were counted with windows of another length. The message says what to do."""


class ShardState(msgspec.Struct, kw_only=True):
    """Counters since the beginning of the log, and the rules in force."""

    v: int = 1
    shards: int
    cap: int
    """Points a player and window, in force."""
    window_ms: int
    """Length of the windows. It stays: only so can anyone who folds the log again know where each window ended."""
    time: Millis = 0
    """Log time: the latest broker's stamp so far. It never steps back, whatever a broker's clock does."""
    taken: list[int]
    """Points, a biome each."""
    over_cap: int = 0
    wrong_partition: int = 0
    malformed: int = 0

    def discarded(self) -> dict[Discard, int]:
        """The counters of what was discarded, by reason."""
        return {
            Discard.OVER_CAP: self.over_cap,
            Discard.WRONG_PARTITION: self.wrong_partition,
            Discard.MALFORMED: self.malformed,
        }


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ShardState)


def first_state(*, shards: int, cap: int, window_ms: int) -> ShardState:
    """The state of a shard that has counted nothing yet."""
    return ShardState(shards=shards, cap=cap, window_ms=window_ms, taken=[0] * len(BIOMES))


def state_to_row(state: ShardState) -> bytes:
    return _encoder.encode(state)


def state_from_row(row: bytes, *, shards: int, window_ms: int) -> ShardState:
    """The state that a row holds.

    Raises:
        ShardCountChanged: it was counted with another number of shards.
        WindowLengthChanged: it was counted with windows of another length.
        msgspec.MsgspecError: the row is damaged.
    """
    state = _decoder.decode(row)
    if state.shards != shards:
        raise ShardCountChanged(
            f"This shard's state was counted with {state.shards} shards, and {shards} are configured. A player's points "
            f"would be counted in two places. Set BIOME_ATTENTION_SHARDS back to {state.shards}, or start with a new "
            "attention.pings topic and new state."
        )
    if state.window_ms != window_ms:
        raise WindowLengthChanged(
            f"This shard's windows are {state.window_ms} ms long, and {window_ms} ms are configured. Attention's windows keep "
            f"their length for the life of a market: set BIOME_WINDOW_MS back to {state.window_ms}."
        )
    return state
