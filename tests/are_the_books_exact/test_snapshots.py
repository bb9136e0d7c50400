"""Snapshots: whole or left out, and a sensible set of them is kept."""

from pathlib import Path

import pytest

from ops.audit.attention import ShardStart
from ops.audit.books import BooksState
from ops.audit.snapshots import (
    DAY_MS,
    HOUR_MS,
    HOURS_KEPT,
    NEWEST_KEPT,
    DamagedSnapshotError,
    encode_snapshot,
    read_snapshot,
    snapshots_in,
    write_snapshot,
)
from ops.audit.state import AuditState

MIDNIGHT = 20_000 * DAY_MS


def state(tick: int) -> AuditState:
    return AuditState(
        tick=tick,
        hash="0" * 64,
        closed_at=MIDNIGHT,
        body=b"{}",
        rows={b"account:ann": b"\x00\xff"},
        next_offset=9,
        books=BooksState(),
        offsets={"market.ticks": 4},
        shards=[ShardStart(row=b"{}", base=[0] * 10, cap=10)],
    )


def written(folder: Path, tick: int, closed_at: int = MIDNIGHT) -> Path:
    return write_snapshot(folder, encode_snapshot(state(tick)), tick=tick, closed_at=closed_at)


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "audit", 7)
    back = read_snapshot(path)
    assert encode_snapshot(back) == encode_snapshot(state(7))
    assert [child.name for child in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_changed_byte_or_a_missing_end_is_noticed(where: float, tmp_path: Path) -> None:
    path = written(tmp_path, 7)
    whole = path.read_bytes()
    at = int(len(whole) * where)
    for spoilt in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
        path.write_bytes(spoilt)
        if spoilt[:10] == whole[:10] or len(spoilt) < len(whole):
            with pytest.raises(DamagedSnapshotError):
                read_snapshot(path)


def test_the_newest_are_kept_and_the_last_of_each_hour_and_day(tmp_path: Path) -> None:
    times = [MIDNIGHT + minutes * HOUR_MS // 6 for minutes in range(6 * 50)]  # one each ten minutes, for fifty hours
    for tick, closed_at in enumerate(times, 1):
        written(tmp_path, tick, closed_at)
    kept = [snapshot.tick for snapshot in snapshots_in(tmp_path)]
    assert kept[-NEWEST_KEPT:] == [298, 299, 300]
    last_of_hours = [6 * hour for hour in range(50 - HOURS_KEPT + 1, 51)]
    last_of_days = [144, 288]
    assert set(kept) == {298, 299, *last_of_hours, *last_of_days}
