"""Counts attention: a fold over one partition of attention.pings.

Windows tumble by log time (``TumblingWindow``). Within a window each player has a cap: what fits is taken in the order
of arrival, and the rest is counted as over the cap. The first record of a later window ends the open one; the rows then
hold everything before that record, and nothing of a player: per-player counts live only as long as their window, in
memory. After a crash the open window is folded again, with the cap that stands in the row, so the counters at an offset are
the same however often it is reached (law 7).

Every point of a ping that was understood is counted once: taken, over the cap, or in the wrong partition (law 10).
"""

from schemas.biomes import BIOME_INDEX
from schemas.decoding import PackedPings, Undecodable, decode_pings, encode
from schemas.messages.attention_pings import Mark, PackedPing
from schemas.messages.dead_letters import DeadReason
from schemas.messages.market_inputs import ReportAttention
from schemas.topics import ATTENTION_PINGS, MARKET_INPUTS
from streams.attention.core.partitioning import shard_of
from streams.attention.core.state import ROW_KEY, first_state, state_from_row, state_to_row
from streams.dead_letters import DeadLetters
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.durable.window import TumblingWindow


class AttentionFold:
    """The state machine of one shard. ``cap`` (points a player and window) is what is configured: where the rows hold
    another, that one stays in force until the open window ends.

    Raises:
        ShardCountChanged: the rows were counted with another number of shards.
        WindowLengthChanged: the rows were counted with windows of another length.
    """

    def __init__(self, rows: Rows, *, shard: int, shards: int, cap: int, window_ms: int) -> None:
        self.rows = rows
        self._shard = shard
        self._configured_cap = cap
        row = rows.get(ROW_KEY)
        self._state = (
            first_state(shards=shards, cap=cap, window_ms=window_ms)
            if row is None
            else state_from_row(row, shards=shards, window_ms=window_ms)
        )
        self._windows = TumblingWindow(window_ms)
        self._open_window: int | None = None
        self._points_of: dict[str, int] = {}
        """Points that each player has given in the open window, at most the cap."""
        self._dead_letters = self._no_dead_letters()
        self._next_offset = 0
        self._untold = False

    def configure(self, *, cap: int) -> None:
        """Configure another cap from now on: it takes force when the open window ends."""
        self._configured_cap = cap

    def initial_commit(self) -> Commit:
        """For a shard without rows, before anything is folded: makes the cap of the very first window durable, so that
        another cap in the environment after a crash does not change what was already reported.
        """
        self.rows.put(ROW_KEY, state_to_row(self._state))
        return Commit(0, ())

    def fold(self, record: Record) -> Commit | None:
        """Count one record. When it lies in a later window it first ends the open one: the commit, and the rows, then
        stand for what came before it, and the record is already counted in the new window, in memory.
        """
        time = max(self._state.time, record.timestamp)
        ended = self._open_window is not None and self._windows.number(time) > self._open_window
        commit = self._end_window(record.offset) if ended else None
        self._state.time = time
        self._open_window = self._windows.number(time)
        self._next_offset = record.offset + 1
        self._untold = True
        self._take(record)
        return commit

    def report(self) -> tuple[Output, ...]:
        """The counters as they stand, the open window included, if anything was folded since the last report."""
        if not self._untold:
            return ()
        self._untold = False
        state = self._state
        report = ReportAttention(
            v=1,
            shard=self._shard,
            shards=state.shards,
            offset=self._next_offset,
            reached=state.time,
            taken=list(state.taken),
            discarded=state.discarded(),
            cap=state.cap,
        )
        return (Output(MARKET_INPUTS.name, f"attention-{self._shard}".encode(), encode(report)),)

    def _end_window(self, next_offset: int) -> Commit:
        self._state.cap = self._configured_cap
        self.rows.put(ROW_KEY, state_to_row(self._state))
        self._points_of = {}
        outputs, self._dead_letters = self._dead_letters.outputs, self._no_dead_letters()
        return Commit(next_offset, outputs, may_wait=True)

    def _no_dead_letters(self) -> DeadLetters:
        return DeadLetters(topic=ATTENTION_PINGS.name, partition=self._shard)

    def _take(self, record: Record) -> None:
        message = decode_pings(record.value)
        if isinstance(message, PackedPings):
            self._count(message.pings)
            if message.bad:
                self._discard(record, _bad_entries(message), malformed=message.bad)
        elif isinstance(message, Undecodable):
            self._discard(record, message, malformed=1)
        elif not isinstance(message, Mark):
            self._count([(message.player, message.biome, message.points)])

    def _count(self, pings: list[PackedPing]) -> None:
        """The busiest loop of the whole system: no attribute is read twice, and ``min`` would cost a fifth of it."""
        points_of, taken = self._points_of, self._state.taken
        cap, shard, shards = self._state.cap, self._shard, self._state.shards
        over_cap = wrong_partition = 0
        for player, biome, points in pings:
            given = points_of.get(player)
            if given is None:
                if shard_of(player, shards) != shard:
                    wrong_partition += points
                    continue
                given = 0
            room = cap - given
            fits = points if points <= room else room  # noqa: FURB136 -- see above
            points_of[player] = given + fits
            taken[BIOME_INDEX[biome]] += fits
            over_cap += points - fits
        self._state.over_cap += over_cap
        self._state.wrong_partition += wrong_partition

    def _discard(self, record: Record, fault: Undecodable, *, malformed: int) -> None:
        self._state.malformed += malformed
        self._dead_letters.bury(record, fault)


def _bad_entries(pack: PackedPings) -> Undecodable:
    return Undecodable(DeadReason.BAD_ENTRIES, f"{pack.bad} bad entries were discarded; the first: {pack.first_fault}")
