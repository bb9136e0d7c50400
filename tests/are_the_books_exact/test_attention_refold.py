"""Reports of attention against the pings: right ones, lies, other caps, and logs that begin late."""

from collections.abc import Iterator, Sequence

import msgspec

from ops.audit.attention import COUNTERS, ShardAudit, ShardRefold, ShardStart, report_in
from schemas.biomes import Biome
from schemas.decoding import encode
from schemas.messages.attention_pings import Ping
from schemas.messages.market_inputs import ReportAttention
from streams.attention.core import AttentionFold
from streams.durable.fold import Record
from streams.durable.rows import Rows

WINDOW_MS = 500
FROM_THE_START = ShardStart(base=[0] * COUNTERS, window_ms=WINDOW_MS)


class Shard:
    """A worker's fold and its log. Each window has three pings of five points, by one player."""

    def __init__(self, *, cap: int) -> None:
        self.log: list[Record] = []
        self.rows = Rows()
        self.fold = AttentionFold(self.rows, shard=0, shards=1, cap=cap, window_ms=WINDOW_MS)

    def window(self, biome: Biome = Biome.SNOW) -> None:
        now = (len(self.log) // 3) * WINDOW_MS
        for _ in range(3):
            ping = Record(len(self.log), now, None, encode(Ping(v=1, player="ann", biome=biome, points=5)))
            self.log.append(ping)
            self.fold.fold(ping)

    def report(self) -> ReportAttention:
        (output,) = self.fold.report()
        report = report_in(output.value)
        assert report is not None
        return report


def feed(refold: ShardRefold, log: Sequence[Record], report: ReportAttention) -> None:
    for record in log[refold.position : report.offset]:
        refold.ping(record)


def told(audit: ShardAudit, log: Sequence[Record], report: ReportAttention) -> list[str]:
    """As ``AttentionAuditor.check`` does it."""
    audit.begin(report)
    assert audit.refold is not None
    feed(audit.refold, log, report)
    faults = audit.check(report, audit.refold)
    for refold in audit.tries(report) if faults else ():
        feed(refold, log, report)
        if not audit.check(report, refold):
            return []
    return faults


def audits(*starts: ShardStart) -> Iterator[ShardAudit]:
    for start in starts:
        yield ShardAudit(0, shards=1, start=start)


def test_reports_that_are_right_are_found_right_and_the_rows_are_those_of_the_worker() -> None:
    shard, (audit,) = Shard(cap=10), audits(FROM_THE_START)
    for _ in range(4):
        shard.window()
        assert told(audit, shard.log, shard.report()) == []
    assert audit.reports == 4
    assert audit.ends[-1].row == shard.rows.get(b"shard")
    assert [end.next_offset for end in audit.ends] == [3, 6, 9]


def test_a_lie_is_told_with_both_numbers() -> None:
    shard, (audit,) = Shard(cap=10), audits(FROM_THE_START)
    shard.window()
    report = shard.report()
    lie = msgspec.structs.replace(report, taken=[*report.taken[:-1], 15])
    assert told(audit, shard.log, lie) == [
        "attention shard 0, up to offset 3: 15 are reported as points for snow, and the pings make 10"
    ]


def test_another_cap_takes_force_at_the_end_of_some_window_and_is_found() -> None:
    shard, (audit,) = Shard(cap=10), audits(FROM_THE_START)
    shard.window()
    assert told(audit, shard.log, shard.report()) == []
    for number in range(5):
        if number == 2:
            shard.fold.configure(cap=4)
        shard.window()
    report = shard.report()
    assert report.cap == 4
    assert told(audit, shard.log, report) == []
    shard.window()
    assert told(audit, shard.log, shard.report()) == []


def test_rows_from_before_a_change_that_no_report_places_are_taken_with_the_cap_of_before() -> None:
    """A worker ended a window, and ended itself before it reported. The next one has another cap, which no player reaches."""
    shard, (audit,) = Shard(cap=20), audits(FROM_THE_START)
    shard.window()
    assert told(audit, shard.log, shard.report()) == []
    shard.window()
    written = shard.rows.get(b"shard")
    shard.fold.configure(cap=30)
    for _ in range(3):
        shard.window()
    assert told(audit, shard.log, shard.report()) == []
    before, *after = audit.ends
    assert before.holds(written)
    assert after[-1].holds(shard.rows.get(b"shard"))
    assert not after[-1].holds(written)
    assert not after[-1].holds(None)
    shard.window()
    assert told(audit, shard.log, shard.report()) == []
    assert audit.ends[-1].row_before is None
    assert not audit.ends[-1].holds(None)


def test_a_log_that_begins_late_is_counted_from_a_report_on() -> None:
    shard = Shard(cap=10)
    for _ in range(3):
        shard.window()
    late = ShardStart(
        next_offset=4, window_ms=WINDOW_MS
    )  # in the middle of a window: who gave what before is not known
    (audit,) = audits(late)
    assert told(audit, shard.log, shard.report()) == []
    assert audit.is_calibrated
    shard.window(Biome.OCEAN)
    good = shard.report()
    lie = msgspec.structs.replace(good, taken=[good.taken[0] + 1, *good.taken[1:]])
    assert told(audit, shard.log, lie) != []
    shard.window()
    shard.window()
    assert told(audit, shard.log, shard.report()) == []
    assert audit.ends[-1].row == shard.rows.get(b"shard")


def test_it_goes_on_from_what_was_kept() -> None:
    shard, (audit,) = Shard(cap=10), audits(FROM_THE_START)
    for _ in range(3):
        shard.window()
        assert told(audit, shard.log, shard.report()) == []
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(audit.start), type=ShardStart)
    (resumed,) = audits(kept)
    assert kept.next_offset == 6
    last = ReportAttention(v=1, shard=0, shards=1, offset=9, reached=0, taken=[0] * 7, discarded={}, cap=10)
    assert not resumed.moves(last), "it was held against the pings before"
    shard.window()
    assert told(resumed, shard.log, shard.report()) == []
