"""Do the rows of a shard always know their size, their digest and what changed?"""

from hypothesis import given
from hypothesis import strategies as st

from streams.durable.rows import Rows, digest_of

KEYS = st.binary(max_size=3)
VALUES = st.binary(max_size=3)
TABLES = st.dictionaries(KEYS, VALUES, max_size=8)
PUTS = st.lists(st.tuples(KEYS, VALUES), max_size=30)


@given(before=TABLES, puts=PUTS)
def test_the_running_digest_is_the_digest_of_the_rows(
    before: dict[bytes, bytes], puts: list[tuple[bytes, bytes]]
) -> None:
    rows = Rows(before)
    for key, value in puts:
        rows.put(key, value)
        assert rows.digest() == digest_of(dict(rows.items()))
    assert dict(rows.items()) == before | dict(puts)
    assert len(rows) == len(before | dict(puts))


@given(rows=TABLES, order=st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order(rows: dict[bytes, bytes], order: object) -> None:
    shuffled = list(rows.items())
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest_of(dict(shuffled)) == digest_of(rows) == Rows(dict(shuffled)).digest()


@given(one=TABLES, other=TABLES)
def test_two_different_sets_of_rows_have_two_digests(one: dict[bytes, bytes], other: dict[bytes, bytes]) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)


def test_where_a_key_ends_and_its_value_begins_is_part_of_the_digest() -> None:
    assert digest_of({b"ab": b"c"}) != digest_of({b"a": b"bc"})


@given(before=TABLES, puts=PUTS)
def test_the_changes_turn_the_rows_of_the_last_commit_into_those_of_now(
    before: dict[bytes, bytes], puts: list[tuple[bytes, bytes]]
) -> None:
    rows = Rows(before)
    for key, value in puts:
        rows.put(key, value)
    changes = rows.take_changes()
    assert before | changes == dict(rows.items())
    assert changes.keys() <= dict(puts).keys()
    assert rows.take_changes() == {}


@given(rows=TABLES)
def test_a_row_that_is_set_to_what_it_was_is_no_change(rows: dict[bytes, bytes]) -> None:
    same = Rows(rows)
    for key, value in rows.items():
        same.put(key, value)
    assert same.take_changes() == {}


@given(rows=TABLES, key=KEYS)
def test_the_digest_without_a_row_is_that_of_the_others(rows: dict[bytes, bytes], key: bytes) -> None:
    others = {name: value for name, value in rows.items() if name != key}
    assert Rows(rows).digest_without(key) == digest_of(others)
