"""Is every point of attention in exactly one tick, or counted under a reason (law 10)? And is the counting a fold (law 7)?"""

import json
import random
from collections import Counter
from typing import Any

import pytest
from aiokafka.partitioner import murmur2 as kafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_dead_letter, decode_market_input, encode
from schemas.messages.attention_pings import Mark, PackedPing, Ping, Pings
from schemas.messages.fields import Discard
from schemas.messages.market_inputs import ReportAttention, SetHalt
from schemas.messages.market_ticks import Tick
from streams.attention.core import AttentionFold, ShardCountChanged, WindowLengthChanged
from streams.attention.core.partitioning import murmur2, shard_of
from streams.dead_letters import MOST_BYTES, MOST_LETTERS
from streams.durable.fold import Commit, Record
from streams.durable.rows import Rows
from tests.does_it_keep_the_laws.market_log import EVEN, START, WINDOW_MS, Market, read

SHARDS = 4
SHARD = 1
CAP = 10
PLAYERS = [f"player-{number}" for number in range(40)]
OURS = [player for player in PLAYERS if shard_of(player, SHARDS) == SHARD]
OTHERS = [player for player in PLAYERS if shard_of(player, SHARDS) != SHARD]

pings = st.tuples(st.sampled_from(OURS[:3] + OTHERS[:1]), st.sampled_from(BIOMES), st.integers(1, 12))
bad_entries = st.sampled_from(
    ([], ["nobody"], ["x", "lava", 1], ["x", "snow", 0], ["x", "snow", 1.5], ["\x00", "snow", 1], None)
)
bodies = st.one_of(
    pings.map(lambda ping: encode(Ping(v=1, player=ping[0], biome=ping[1], points=ping[2]))),
    st.lists(pings, max_size=6).map(lambda pack: encode(Pings(v=1, pings=pack))),
    st.lists(pings | bad_entries, max_size=6).map(
        lambda pack: json.dumps({"v": 1, "type": "pings", "pings": pack}).encode()
    ),
    st.just(encode(Mark(v=1, tick=1))),
    st.sampled_from((b"", b"no json", b'{"v":1,"type":"ping","player":"a","biome":"lava","points":1}')),
)
steps_ms = st.sampled_from((0, 0, 1, 120, 499, 500, 1_700, -300))
logs = st.lists(st.tuples(steps_ms, bodies), min_size=1, max_size=30)


def new_fold(
    rows: Rows | None = None, *, cap: int = CAP, window_ms: int = WINDOW_MS, shards: int = SHARDS
) -> AttentionFold:
    """A fold of shard 1; one without rows begins as the loop begins one."""
    fold = AttentionFold(Rows() if rows is None else rows, shard=SHARD, shards=shards, cap=cap, window_ms=window_ms)
    if rows is None:
        fold.initial_commit()
    return fold


def records_of(log: list[tuple[int, bytes]]) -> list[Record]:
    """The log with the broker's stamps, which step back once in a while as a broker's clock may."""
    records, now = [], START
    for offset, (step_ms, body) in enumerate(log):
        now += step_ms
        records.append(Record(offset, now, b"key", body))
    return records


def told(fold: AttentionFold) -> ReportAttention:
    """What the fold reports."""
    (output,) = fold.report()
    assert output.topic == "market.inputs"
    assert output.key == b"attention-1"
    report = decode_market_input(output.value)
    assert isinstance(report, ReportAttention)
    return report


def understood(record: Record) -> list[PackedPing]:
    """The good pings of a record, decoded by other means than the core's."""
    try:
        body: Any = json.loads(record.value or b"")
    except ValueError:
        return []
    entries = body.get("pings", [])
    if body["type"] == "ping":
        entries = [[body["player"], body["biome"], body["points"]]]
    return [(entry[0], Biome(entry[1]), entry[2]) for entry in entries if is_good(entry)]


def is_good(entry: Any) -> bool:
    return (
        bool(entry) and len(entry) == 3 and entry[0] in PLAYERS and entry[1] in list(BIOMES) and type(entry[2]) is int
    )


@given(logs)
def test_every_point_is_taken_or_counted_under_a_reason(log: list[tuple[int, bytes]]) -> None:
    fold = new_fold()
    points = malformed = 0
    for record in records_of(log):
        fold.fold(record)
        points += sum(ping[2] for ping in understood(record))
        malformed += malformed_in(record)
        report = told(fold)
        discarded = report.discarded
        assert sum(report.taken) + discarded[Discard.OVER_CAP] + discarded[Discard.WRONG_PARTITION] == points
        assert discarded[Discard.MALFORMED] == malformed


def malformed_in(record: Record) -> int:
    """Messages that were not understood count one, packs as many as they have bad entries."""
    try:
        body = json.loads(record.value or b"")
    except ValueError:
        return 1
    if body["type"] == "pings":
        return sum(not is_good(entry) for entry in body["pings"])
    return 0 if body["type"] == "mark" else int(not is_good([body["player"], body["biome"], body["points"]]))


@given(logs)
def test_a_player_has_at_most_the_cap_in_a_window_and_all_of_it_when_given(log: list[tuple[int, bytes]]) -> None:
    fold = new_fold()
    given_in: Counter[tuple[int, str]] = Counter()
    time = 0
    for record in records_of(log):
        time = max(time, record.timestamp)
        fold.fold(record)
        for player, _, points in understood(record):
            if player in OURS:
                given_in[time // WINDOW_MS, player] += points
    assert sum(told(fold).taken) == sum(min(points, CAP) for points in given_in.values())


@given(logs, st.data())
def test_after_a_crash_at_any_input_the_counters_are_the_same_at_the_same_offset(
    log: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    records = records_of(log)
    whole = reports_after(new_fold(), records)
    crash_after = data.draw(st.integers(0, len(records)))
    fold = new_fold()
    # What the changelog holds at the crash: the rows of the last commit, and where it stands.
    durable, resume_at = dict(fold.rows.items()), 0
    for record in records[:crash_after]:
        commit = fold.fold(record)
        if commit is not None:
            durable, resume_at = dict(fold.rows.items()), commit.next_offset
    # Another cap in the environment must not change what was already reported.
    changed = AttentionFold(Rows(durable), shard=SHARD, shards=SHARDS, cap=CAP + 1, window_ms=WINDOW_MS)
    assert reports_after(changed, records[resume_at:crash_after]) == whole[resume_at:crash_after]
    same = AttentionFold(Rows(durable), shard=SHARD, shards=SHARDS, cap=CAP, window_ms=WINDOW_MS)
    assert reports_after(same, records[resume_at:]) == whole[resume_at:]


def reports_after(fold: AttentionFold, records: list[Record]) -> list[bytes]:
    """What the fold reports after each record, while it commits in between."""
    reported = []
    for record in records:
        fold.fold(record)
        reported.append(fold.report()[0].value)
    return reported


@given(logs)
def test_the_rows_change_at_windows_ends_only_and_hold_nothing_of_a_player(log: list[tuple[int, bytes]]) -> None:
    fold = new_fold()
    fold.rows.take_changes()
    for record in records_of(log):
        commit = fold.fold(record)
        changed = fold.rows.take_changes()
        assert (commit is None) == (changed == {})
        assert commit is None or commit.next_offset == record.offset
        assert all(player.encode() not in row for row in changed.values() for player in PLAYERS)


def send(fold: AttentionFold, offset: int, at: int, *ping: Any) -> Commit | None:
    """One ping of (player, points) or (player, points, biome)."""
    player, points, biome = ping if len(ping) == 3 else (*ping, Biome.SNOW)
    return fold.fold(Record(offset, at, None, encode(Ping(v=1, player=player, biome=biome, points=points))))


def test_a_player_is_cut_at_the_cap_in_the_order_of_arrival() -> None:
    fold = new_fold()
    send(fold, 0, START, OURS[0], 7, Biome.SNOW)
    send(fold, 1, START, OURS[0], 7, Biome.OCEAN)
    send(fold, 2, START, OURS[0], 7, Biome.OCEAN)
    send(fold, 3, START, OURS[1], 7, Biome.OCEAN)
    report = told(fold)
    assert report.taken == [10, 0, 0, 0, 0, 0, 7]
    assert report.discarded[Discard.OVER_CAP] == 11
    assert report.cap == CAP


def test_each_window_has_a_cap_of_its_own_and_a_boundary_belongs_to_the_later_one() -> None:
    fold = new_fold()
    window = START - START % WINDOW_MS
    assert send(fold, 0, window + 499, OURS[0], 10) is None
    commit = send(fold, 1, window + 500, OURS[0], 10)
    assert commit == Commit(1, [], may_wait=True)
    assert sum(told(fold).taken) == 20


def test_a_stamp_that_steps_back_stays_in_the_open_window() -> None:
    fold = new_fold()
    send(fold, 0, START, OURS[0], 10)
    assert send(fold, 1, START - 5_000, OURS[0], 10) is None
    assert told(fold).reached == START
    assert sum(fold_taken(fold)) == 10


def fold_taken(fold: AttentionFold) -> list[int]:
    fold.fold(Record(99, START, None, encode(Mark(v=1, tick=1))))
    return told(fold).taken


def test_a_player_of_another_partition_is_discarded_packed_or_not() -> None:
    fold = new_fold()
    send(fold, 0, START, OTHERS[0], 3)
    pack = Pings(v=1, pings=[(OTHERS[1], Biome.SNOW, 4), (OURS[0], Biome.SNOW, 5)])
    fold.fold(Record(1, START, None, encode(pack)))
    report = told(fold)
    assert report.taken[6] == 5
    assert report.discarded[Discard.WRONG_PARTITION] == 7


def test_a_bad_entry_of_a_pack_is_discarded_alone_and_told_in_one_dead_letter() -> None:
    fold = new_fold()
    body = json.dumps(
        {"v": 1, "type": "pings", "pings": [[OURS[0], "snow", 1], ["x", "lava", 1], [], [OURS[0], "snow", 2]]}
    )
    fold.fold(Record(0, START, b"k", body.encode()))
    report = told(fold)
    assert report.taken[6] == 3
    assert report.discarded[Discard.MALFORMED] == 2
    commit = fold.fold(Record(1, START + WINDOW_MS, None, encode(Mark(v=1, tick=2))))
    assert commit is not None
    (output,) = commit.outputs
    letter = decode_dead_letter(output.value)
    assert (output.topic, output.key) == ("dead.letters", b"attention.pings")
    assert (letter.topic, letter.partition, letter.offset, letter.reason.value) == (
        "attention.pings",
        1,
        0,
        "BAD_ENTRIES",
    )


def test_a_dead_letter_leaves_once_with_its_own_window_and_the_next_message_works() -> None:
    fold = new_fold()
    fold.fold(Record(0, START, None, b"no json"))
    first = send(fold, 1, START + WINDOW_MS, OURS[0], 1)
    fold.fold(Record(2, START + 2 * WINDOW_MS, None, b"\xff"))
    third = send(fold, 3, START + 3 * WINDOW_MS, OURS[0], 1)
    assert first is not None
    assert third is not None
    assert [decode_dead_letter(output.value).offset for output in (*first.outputs, *third.outputs)] == [0, 2]
    assert sum(told(fold).taken) == 2


def test_a_mark_counts_nothing_and_still_ends_a_window_and_reaches_further() -> None:
    fold = new_fold()
    send(fold, 0, START, OURS[0], 1)
    fold.report()
    commit = fold.fold(Record(1, START + WINDOW_MS, None, encode(Mark(v=1, tick=7))))
    assert commit is not None
    report = told(fold)
    assert (report.offset, report.reached, sum(report.taken)) == (2, START + WINDOW_MS, 1)


def test_nothing_is_reported_twice_without_a_new_input() -> None:
    fold = new_fold()
    assert fold.report() == ()
    send(fold, 0, START, OURS[0], 1)
    told(fold)
    assert fold.report() == ()


def test_another_cap_holds_from_the_next_window_on_even_over_a_crash() -> None:
    fold = new_fold()
    rows = Rows(dict(fold.rows.items()))
    raised = new_fold(rows, cap=2 * CAP)
    send(raised, 0, START, OURS[0], 15)
    assert told(raised).cap == CAP
    commit = send(raised, 1, START + WINDOW_MS, OURS[0], 15)
    assert commit is not None
    report = told(raised)
    assert (sum(report.taken), report.cap) == (CAP + 15, 2 * CAP)
    lowered_again = new_fold(Rows(dict(rows.items())))
    send(lowered_again, 1, START + WINDOW_MS, OURS[0], 15)
    assert told(lowered_again) == report


def test_another_number_of_shards_is_refused_and_says_what_to_do() -> None:
    rows = new_fold().rows
    with pytest.raises(ShardCountChanged, match="Set BIOME_ATTENTION_SHARDS back to 4"):
        new_fold(rows, shards=8)


def test_windows_of_another_length_are_refused_and_it_says_what_to_do() -> None:
    rows = new_fold().rows
    with pytest.raises(WindowLengthChanged, match=f"set BIOME_WINDOW_MS back to {WINDOW_MS}"):
        new_fold(rows, window_ms=2 * WINDOW_MS)


@given(st.binary(max_size=80))
def test_the_partitioner_is_kafkas(key: bytes) -> None:
    assert murmur2(key) == kafka_murmur2(key) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_partitioner_has_the_vectors_of_kafkas_own_tests(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed & 0xFFFFFFFF


def test_a_players_shard_is_within_the_number_of_shards() -> None:
    assert {shard_of(player, 3) for player in PLAYERS} == {0, 1, 2}
    assert {shard_of(player, 1) for player in PLAYERS} == {0}


reports = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 5), st.integers(0, 6), st.integers(1, 9)), min_size=1, max_size=25
)


@given(reports, st.randoms(use_true_random=False))
def test_however_reports_are_lost_repeated_or_late_the_ticks_have_every_point_once(
    gains: list[tuple[int, int, int, int]], rng: random.Random
) -> None:
    market = Market(attention_shards=2)
    totals: dict[int, list[int]] = {0: [0] * 7, 1: [0] * 7}
    over_cap = {0: 0, 1: 0}
    offset = 0
    sent: list[ReportAttention] = []
    ticks: list[Tick] = []
    for shard, advance, biome, points in gains:
        offset += advance
        totals[shard][biome] += points
        over_cap[shard] += points // 2
        report = report_of(shard, offset, market.now, totals[shard], over_cap[shard])
        if rng.random() < 0.7:
            market.say(report)
        sent.append(report)
        if rng.random() < 0.5:
            market.say(rng.choice(sent))
        if rng.random() < 0.3:
            ticks.append(market.close_unheard().tick)
    for shard, taken in totals.items():
        market.say(report_of(shard, offset + 1, market.now, taken, over_cap[shard]))
    last = market.close_unheard()
    ticks.append(last.tick)
    for biome in range(7):
        assert sum(tick.markets[biome].attention for tick in ticks) == totals[0][biome] + totals[1][biome]
    assert sum(tick.attention.discarded.get(Discard.OVER_CAP, 0) for tick in ticks) == sum(over_cap.values())
    assert sum(tick.dead_letters for tick in ticks) == 0


def report_of(shard: int, offset: int, reached: int, taken: list[int], over_cap: int) -> ReportAttention:
    return ReportAttention(
        v=1, shard=shard, shards=2, offset=offset, reached=reached, taken=list(taken),
        discarded={Discard.OVER_CAP: over_cap}, cap=10,
    )  # fmt: skip


@pytest.mark.parametrize(
    "contradiction",
    [{"shard": 1}, {"shards": 2}, {"offset": 10**6, "taken": [0] * 7}, {"offset": 10**6, "discarded": {}}],
    ids=["a shard that is not there", "another number of shards", "points that go down", "discarded that go down"],
)
def test_a_report_that_contradicts_is_a_dead_letter_and_counts_nothing(contradiction: dict[str, Any]) -> None:
    market = Market()
    market.attend(*EVEN, discarded={Discard.MALFORMED: 3})
    market.attend(**contradiction)
    market.now += WINDOW_MS
    closed = market.close_unheard()
    assert closed.tick.attention.taken == 7
    assert closed.tick.attention.discarded == {Discard.MALFORMED: 3}
    (letter,) = closed.dead_letters
    assert letter.reason.value == "INVALID"


def test_attention_for_a_halted_biome_is_discarded_and_said_so() -> None:
    market = Market()
    market.say(SetHalt(v=1, command_id="c", at=market.now, by="op", reason="why", biome=Biome.OCEAN, halted=True))
    attention = market.close(5, 1).tick.attention
    assert (attention.taken, attention.discarded) == (1, {Discard.HALTED: 5})


def test_the_tick_does_not_depend_on_the_order_in_which_reasons_were_written() -> None:
    ticks = []
    for discarded in ({"over_cap": 1, "malformed": 2}, {"malformed": 2, "over_cap": 1}):
        market = Market()
        market.now += WINDOW_MS
        market.attend(*EVEN, discarded=discarded)
        commit = market.mark()
        assert commit is not None
        ticks.append((read(commit).tick, market.rows.digest()))
    assert ticks[0] == ticks[1]


def test_a_flood_of_garbage_is_counted_and_fits_one_commit() -> None:
    fold = new_fold()
    flood = 3 * MOST_LETTERS
    for offset in range(flood):
        assert fold.fold(Record(offset, START, None, b"?")) is None
    commit = fold.fold(Record(flood, START + WINDOW_MS, None, b"?"))
    assert commit is not None
    assert len(commit.outputs) == MOST_LETTERS
    assert told(fold).discarded[Discard.MALFORMED] == flood + 1


def test_large_garbage_fits_one_commit_as_well() -> None:
    fold = new_fold()
    for offset in range(200):
        fold.fold(Record(offset, START, None, b"?" * 100_000))
    commit = fold.fold(Record(200, START + WINDOW_MS, None, b"?"))
    assert commit is not None
    assert MOST_BYTES <= sum(len(output.value) for output in commit.outputs) < MOST_BYTES + 100_000
    assert told(fold).discarded[Discard.MALFORMED] == 201


def test_a_tick_takes_the_largest_report_there_can_be() -> None:
    market = Market()
    closed = market.close(*[2**52] * len(BIOMES))
    assert closed.tick.attention.taken == 7 * 2**52
