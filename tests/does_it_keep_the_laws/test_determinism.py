"""Same log, same bytes: folded again, folded elsewhere, and after a crash at any point (laws 7 and 8)?"""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streams
from schemas.biomes import BIOMES, Biome
from schemas.messages.trade_events import Filled
from schemas.units import MICRO
from streams.durable.rows import Rows, digest_of
from streams.market.core import MarketFold, window
from tests.does_it_keep_the_laws.market_log import Market, bytes_of, fold_all
from tests.does_it_keep_the_laws.scripts import Step, play, scripts

CORES = [Path(streams.__path__[0]) / core / "core" for core in ("market", "attention")]
PURE_MODULES = {"collections", "functools", "hashlib", "typing", "msgspec", "schemas"}
PURE_PACKAGES = (
    "schemas.",
    "collections.",
    "streams.durable.fold",
    "streams.durable.rows",
    "streams.dead_letters",
    "streams.durable.window",
    "streams.market.core",
    "streams.attention.core",
)


def sources() -> Iterator[Path]:
    for core in CORES:
        yield from core.glob("*.py")


@given(scripts)
def test_the_same_log_gives_the_same_bytes_and_the_same_rows(script: list[Step]) -> None:
    market, closed = play(script)
    rows, commits = fold_all(market.records)
    assert [bytes_of(commit) for commit in commits] == [bytes_of(tick.commit) for tick in closed]
    assert list(rows.items()) == list(market.rows.items())


def assert_a_crash_changes_nothing(script: list[Step], data: st.DataObject) -> None:
    """Fold to anywhere, lose what was not committed, and fold on from the last commit: the same bytes come out."""
    market, closed = play(script)
    crash_after = data.draw(st.integers(0, len(market.records)))
    rows, commits = fold_all(market.records[:crash_after])
    resume_at = commits[-1].next_offset if commits else 0
    # What the changelog holds: the rows of the last commit. Nothing is written between two commits.
    reloaded = Rows(dict(rows.items()))
    _, later = fold_all(market.records[resume_at:], reloaded)
    assert [bytes_of(commit) for commit in commits + later] == [bytes_of(tick.commit) for tick in closed]
    assert dict(reloaded.items()) == dict(market.rows.items())


@given(scripts, st.data())
def test_a_crash_at_any_input_changes_no_byte_of_what_follows(script: list[Step], data: st.DataObject) -> None:
    assert_a_crash_changes_nothing(script, data)


@pytest.fixture(scope="module")
def two_orders_a_tick() -> Iterator[None]:
    """Ticks that decide two orders at most, so that most of them leave some to the next."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(window, "MOST_ORDERS", 2)
        yield


@pytest.mark.usefixtures("two_orders_a_tick")
@given(scripts, st.data())
def test_a_crash_changes_no_byte_when_ticks_leave_orders_to_the_next(script: list[Step], data: st.DataObject) -> None:
    assert_a_crash_changes_nothing(script, data)


@pytest.mark.usefixtures("two_orders_a_tick")
def test_orders_beyond_what_a_tick_decides_are_decided_by_the_next_ones_each_once() -> None:
    market = Market()
    market.open("ada")
    placed = [market.buy("ada", Biome.SNOW, MICRO) for _ in range(5)]
    closed = [market.close(*[1] * len(BIOMES)) for _ in range(3)]
    assert [[event.order.order_id for event in tick.events if isinstance(event, Filled)] for tick in closed] == [
        placed[:2],
        placed[2:4],
        placed[4:],
    ]
    ranges = [tick.tick.inputs for tick in closed]
    assert all(later.first == earlier.last + 1 for earlier, later in pairwise(ranges))


@given(scripts)
def test_nothing_is_written_between_two_ticks(script: list[Step]) -> None:
    market, _ = play(script)
    rows = Rows()
    fold = MarketFold(rows)
    for record in market.records:
        if fold.fold(record) is None:
            assert rows.take_changes() == {}
        else:
            assert b"market" in rows.take_changes()


@given(scripts)
def test_the_ticks_digest_of_the_accounts_is_that_of_their_rows(script: list[Step]) -> None:
    market, closed = play(script)
    accounts = {key: row for key, row in market.rows.items() if key != b"market"}
    assert closed[-1].tick.accounts_digest == digest_of(accounts)
    assert market.rows.digest() == digest_of(dict(market.rows.items()))


def test_the_market_reports_nothing_outside_its_transactions() -> None:
    assert MarketFold(Rows()).report() == ()


@pytest.mark.parametrize("source", sources(), ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_a_core_imports_only_what_is_pure(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            assert name in PURE_MODULES or name.startswith(PURE_PACKAGES), f"{source.name} imports {name}"


@pytest.mark.parametrize("source", sources(), ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_a_core_has_no_float(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text())):
        assert not isinstance(node, ast.Div), f"{source.name} divides with /"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"{source.name} has a float"
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round", "open", "print", "input"})
