"""Do decoders and folds hold against bytes of every kind? `make fuzz` asks for longer."""

import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.decoding import (
    LARGEST_MARKET_INPUT,
    LARGEST_PINGS,
    PackedPings,
    Undecodable,
    decode_dead_letter,
    decode_market_input,
    decode_pings,
    decode_price,
    decode_tick,
    decode_trade_event,
)
from schemas.messages.dead_letters import DeadReason
from schemas.topics import MIB
from streams.attention.core import AttentionFold
from streams.durable.fold import Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold
from tests.fuzz.messages import EXAMPLES
from tests.fuzz.targets import TARGETS

OPENINGS = {
    "arrays": b"[",
    "objects": b'{"v":',
    "packs": b'{"v":1,"type":"pings","pings":[',
    "texts": b'"\\',
    "bytes": b"\xff",
}


@pytest.mark.parametrize("target", TARGETS)
@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=1_000))
def test_no_bytes_break_a_target(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_a_message_as_large_as_a_topic_takes_is_refused_unread(opening: bytes) -> None:
    value = (opening * MIB)[:MIB]
    for decode in (decode_market_input, decode_pings):
        decoded = decode(value)
        assert isinstance(decoded, Undecodable)
        assert decoded.reason is DeadReason.OVERSIZED


@pytest.mark.timeout(20)
@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_the_largest_message_that_is_read_is_refused_by_both_folds_in_bounded_time(opening: bytes) -> None:
    market = MarketFold(Rows())
    attention = AttentionFold(Rows(), shard=0, shards=1, cap=10, window_ms=500)
    for offset in range(20):
        assert market.fold(Record(offset, offset, None, (opening * MIB)[:LARGEST_MARKET_INPUT])) is None
        assert attention.fold(Record(offset, offset, None, (opening * MIB)[:LARGEST_PINGS])) is None


@pytest.mark.timeout(20)
def test_a_pack_of_nothing_but_bad_entries_is_counted_in_bounded_time() -> None:
    entries = [0] * (LARGEST_PINGS // 2 - 40)
    decoded = decode_pings(json.dumps({"v": 1, "type": "pings", "pings": entries}, separators=(",", ":")).encode())
    assert isinstance(decoded, PackedPings)
    assert decoded.bad == len(entries)
    assert decoded.first_fault is not None
    assert len(decoded.first_fault) < 200


@pytest.mark.parametrize("value", [b"\xa9", b'{"type":"\xff"}', b"[" * 10_000], ids=["a byte", "a text", "deep arrays"])
@pytest.mark.parametrize("decode", [decode_tick, decode_trade_event, decode_price, decode_dead_letter])
def test_what_only_the_market_writes_has_one_fault(decode: Callable[[bytes], object], value: bytes) -> None:
    """Found by fuzzing: two exceptions beside the documented one."""
    with pytest.raises(msgspec.MsgspecError):
        decode(value)


def test_a_cap_that_no_reader_of_a_tick_could_take_is_not_taken_in() -> None:
    """Found by fuzzing: the tick shows the cap of the last report, and must be readable."""
    report = json.loads(EXAMPLES["report_attention"]) | {"cap": 2**63}
    decoded = decode_market_input(json.dumps(report).encode())
    assert isinstance(decoded, Undecodable)
    assert decoded.reason is DeadReason.INVALID
