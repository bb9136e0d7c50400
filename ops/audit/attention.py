"""One shard's log of pings folded again, and every report, row and dead letter of the shard held against it. Pure.

The cap is a setting of attention's workers. A report names the one that it used; a change takes force at a window's end, and
which one that was is found by trying.

Pings are kept for days, not for ever. Where the log begins later than the count does, the counters of a first report are
taken as they are, once a window has begun with the pings at hand: from then on nothing but differences is counted.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from schemas.biomes import BIOMES
from schemas.decoding import Undecodable, decode_market_input
from schemas.messages.fields import Discard
from schemas.messages.market_inputs import ReportAttention
from streams.attention.core import AttentionFold
from streams.attention.core.state import ROW_KEY, ShardState, state_to_row
from streams.durable.fold import Commit, Record
from streams.durable.rows import Rows

MOST_ENDS: Final = 2_000
"""Ends of windows that wait to be held against the committed rows: a quarter of an hour. Then the oldest are let go."""
MOST_TRIES: Final = 64
"""Ends of windows between two reports that are tried as the one at which another cap took force."""
COUNTERS: Final = len(BIOMES) + 3
"""Of a report: points taken, a biome each, then what was discarded, a reason each."""
_DISCARDED: Final = (Discard.OVER_CAP, Discard.WRONG_PARTITION, Discard.MALFORMED)


class WindowEnd(NamedTuple):
    """A commit of the refold."""

    first_offset: int
    """Of the window."""
    next_offset: int
    row: bytes
    letters: Sequence[bytes]
    row_before: bytes | None = None
    """What the row may be as well: with the cap from before a change of which nobody knows at which of some ends it was."""

    def holds(self, row: bytes | None) -> bool:
        """Whether this is what a worker wrote here. None, a row that was deleted, never is."""
        return row is not None and row in {self.row, self.row_before}


class ShardStart(msgspec.Struct, frozen=True):
    """Where a refold begins: the end of a window, or the beginning of the log."""

    next_offset: int = 0
    row: bytes | None = None
    """As the refold had it, without the base. None: nothing was folded before."""
    base: list[int] | None = None
    """What to add to the counters of the refold. None: not known yet, since the log begins later than the count."""
    cap: int | None = None
    """Configured, in points a player and window. None: that of the first report."""
    window_ms: int = 500
    """Length of the windows, as ever."""
    reported: int = 0
    """The largest offset that a report has reached."""


class Switch(NamedTuple):
    """Another cap, and after how many ends of windows somebody configured it."""

    after: int
    cap: int


class ShardRefold:
    """One fold over the pings from a start on."""

    def __init__(self, shard: int, *, shards: int, start: ShardStart, switch: Switch | None = None) -> None:
        assert start.cap is not None, "a report names the cap"
        self.position = start.next_offset
        self.cap = self._cap_before = start.cap
        self.ends: list[WindowEnd] = []
        """Since the start, or since they were taken."""
        self.windows = 0
        """How many have ended since the start."""
        rows = Rows({} if start.row is None else {ROW_KEY: start.row})
        self._fold = AttentionFold(rows, shard=shard, shards=shards, cap=self.cap, window_ms=start.window_ms)
        self._switch = switch
        self._window_began = start.next_offset
        self._switch_if_due()

    def ping(self, record: Record) -> None:
        """Fold the next record of the log."""
        self.position = record.offset + 1
        commit = self._fold.fold(record)
        if commit is not None:
            self.windows += 1
            end = _window_end(self._window_began, commit, self._fold.rows)
            if self._switch is not None:
                end = end._replace(row_before=_row_with_cap(self._cap_before, end.row))
            self.ends.append(end)
            self._window_began = commit.next_offset
            self._switch_if_due()

    def forget_ends(self) -> None:
        """Count from the last one on. Another cap has long taken force."""
        self.ends, self.windows, self._switch = [], 0, None

    def report(self) -> ReportAttention | None:
        """What the shard has to report here; None when nothing was folded since the last report."""
        for output in self._fold.report():
            own = decode_market_input(output.value)
            assert isinstance(own, ReportAttention)
            return own
        return None

    def _switch_if_due(self) -> None:
        if self._switch is not None and self._switch.after == self.windows:
            self.cap = self._switch.cap
            self._fold.configure(cap=self.cap)


class ShardAudit:
    """Follows one shard: feed ``refold`` the pings up to what a report reaches, then ``check`` the report."""

    def __init__(self, shard: int, *, shards: int, start: ShardStart) -> None:
        self.refold: ShardRefold | None = None
        self.reports = 0
        """How many were held against the refold."""
        self.ends: deque[WindowEnd] = deque(maxlen=MOST_ENDS)
        """Ends of windows, each to be held against the row that was committed there."""
        self.number = shard
        self._shards = shards
        self._good = start
        self._was_wrong = False

    @property
    def start(self) -> ShardStart:
        """What to keep, so as to go on: the last end of a window before the last report that was right."""
        return self._good

    @property
    def is_calibrated(self) -> bool:
        """Whether its counters are known: they are from the beginning of a whole log, or from a report on."""
        return self._good.base is not None

    def moves(self, report: ReportAttention) -> bool:
        """Whether it can be held against pings, and the market takes it in: one that reaches no further than an earlier one
        says nothing new.
        """
        return report.shards == self._shards and report.offset > max(self._good.reported, self._good.next_offset)

    def begin(self, report: ReportAttention) -> None:
        """Be ready to fold: the first report of all tells the cap."""
        if self.refold is None:
            self._good = msgspec.structs.replace(self._good, cap=self._good.cap or report.cap)
            self.refold = ShardRefold(self.number, shards=self._shards, start=self._good)

    def check(self, report: ReportAttention, refold: ShardRefold) -> list[str]:
        """Hold a report against a refold that has come to its offset. When it is right, the refold becomes this shard's."""
        own, base = refold.report(), self._good.base
        if own is None or own.offset != report.offset:
            reached = refold.position if own is None else own.offset
            return [f"{self._name} reports offset {report.offset}, and its log has the offsets before {reached}"]
        if base is None and refold.windows > 0:
            base = [theirs - ours for theirs, ours in zip(_counters(report), _counters(own), strict=True)]
            refold.ends.clear()  # what they should hold was not known when they were folded
        faults = [] if base is None else [*_differences(own, report, base)]
        if not faults:
            self._go_on_from(refold, base=base, reported=report.offset)
        return [f"{self._name}, up to offset {report.offset}: {fault}" for fault in faults]

    def give_up_on(self, report: ReportAttention) -> None:
        """The report stays wrong. The market has taken it: what reaches no further moves nothing any more."""
        self._good = msgspec.structs.replace(self._good, reported=report.offset)
        self._was_wrong = True

    def start_after_a_mismatch(self) -> ShardStart:
        """Where to go on: a shard that reported what is wrong is taken as it is from its next report on."""
        if not self._was_wrong:
            return self._good
        return msgspec.structs.replace(self._good, row=None, base=None, cap=None)

    def tries(self, report: ReportAttention) -> Iterator[ShardRefold]:
        """Refolds from the last good end of a window on, with the report's cap configured at each end of a window since: to
        be fed up to the report's offset, and checked.
        """
        assert self.refold is not None
        if report.cap == self._good.cap:
            return
        for after in range(min(self.refold.windows, MOST_TRIES) + 1):
            switch = Switch(after, report.cap)
            yield ShardRefold(self.number, shards=self._shards, start=self._good, switch=switch)

    def from_the_start(self) -> ShardRefold | None:
        """Another refold, from the last good end of a window on; None before the first report."""
        if self.refold is None:
            return None
        return ShardRefold(self.number, shards=self._shards, start=self._good)

    def ended_windows(self, refold: ShardRefold) -> list[WindowEnd]:
        """Those of a refold, with their counters since the beginning of all; none while these are not known."""
        base = self._good.base
        return [] if base is None else [_with_base(base, end) for end in refold.ends]

    def _go_on_from(self, refold: ShardRefold, *, base: list[int] | None, reported: int) -> None:
        self.reports += base is not None
        self.refold = refold
        self._good = msgspec.structs.replace(self._good, base=base, reported=reported)
        if refold.ends and base is not None:
            last = refold.ends[-1]
            self._good = msgspec.structs.replace(self._good, next_offset=last.next_offset, row=last.row, cap=refold.cap)
            self.ends.extend(self.ended_windows(refold))
            refold.forget_ends()

    @property
    def _name(self) -> str:
        return f"attention shard {self.number}"


def report_in(value: bytes | None) -> ReportAttention | None:
    """The report that an input of the market is, if it is one."""
    message = decode_market_input(value)
    return message if isinstance(message, ReportAttention) and not isinstance(message, Undecodable) else None


def _window_end(first_offset: int, commit: Commit, rows: Rows) -> WindowEnd:
    row = rows.take_changes().get(ROW_KEY) or rows.get(ROW_KEY)
    assert row is not None
    return WindowEnd(first_offset, commit.next_offset, row, [output.value for output in commit.outputs])


def _counters(report: ReportAttention) -> list[int]:
    return [*report.taken, *(report.discarded.get(reason, 0) for reason in _DISCARDED)]


def _differences(own: ReportAttention, report: ReportAttention, base: Sequence[int]) -> Iterator[str]:
    names = [*(f"points for {biome}" for biome in BIOMES), *(reason.value for reason in _DISCARDED)]
    for name, ours, more, theirs in zip(names, _counters(own), base, _counters(report), strict=True):
        if ours + more != theirs:
            yield f"{theirs} are reported as {name}, and the pings make {ours + more}"
    if own.reached != report.reached:
        yield f"time {report.reached} is reported, and the pings reach {own.reached}"
    if own.cap != report.cap:
        yield f"a cap of {report.cap} is reported, and the pings were counted with {own.cap}"


def _with_base(base: Sequence[int], end: WindowEnd) -> WindowEnd:
    before = None if end.row_before is None else _row_with(base, end.row_before)
    return end._replace(row=_row_with(base, end.row), row_before=before)


def _row_with_cap(cap: int, row: bytes) -> bytes:
    state = msgspec.json.decode(row, type=ShardState)
    return state_to_row(msgspec.structs.replace(state, cap=cap))


def _row_with(base: Sequence[int], row: bytes) -> bytes:
    state = msgspec.json.decode(row, type=ShardState)
    more = dict(zip(("over_cap", "wrong_partition", "malformed"), base[len(BIOMES) :], strict=True))
    taken = [ours + added for ours, added in zip(state.taken, base, strict=False)]
    counted = {name: getattr(state, name) + added for name, added in more.items()}
    return state_to_row(msgspec.structs.replace(state, taken=taken, **counted))
