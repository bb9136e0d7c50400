"""Is a malformed message of any kind a value with a reason, never an exception, and never half understood?"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from schemas.decoding import (
    LARGEST_MARKET_INPUT,
    LARGEST_PINGS,
    LONGEST_DETAIL,
    PackedPings,
    Undecodable,
    dead_letter,
    decode_dead_letter,
    decode_market_input,
    decode_pings,
    encode,
)
from schemas.messages.attention_pings import Ping
from schemas.messages.dead_letters import KEPT_BYTES, DeadReason
from schemas.messages.market_inputs import PlaceOrder
from schemas.topics import DEAD_LETTERS
from schemas.units import LARGEST_AMOUNT

EXAMPLES = Path(schemas.__path__[0]) / "examples"
ORDER = json.loads((EXAMPLES / "place_order.json").read_bytes())
PING = json.loads((EXAMPLES / "ping.json").read_bytes())
R = DeadReason


def spoilt(body: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps(body | fields).encode()


def without(body: dict[str, Any], field: str) -> bytes:
    return json.dumps({name: value for name, value in body.items() if name != field}).encode()


def with_text(body: dict[str, Any], field: str, text: bytes) -> bytes:
    """The message with raw bytes in place of a field's value: what a JSON encoder would not write."""
    return spoilt(body, **{field: "@here@"}).replace(b'"@here@"', text)


ANY_TOPIC = {
    "no value": (None, R.EMPTY),
    "empty": (b"", R.EMPTY),
    "spaces": (b"  ", R.NOT_JSON),
    "a null byte": (b"\x00", R.NOT_JSON),
    "not JSON": (b"price goes up", R.NOT_JSON),
    "cut off": (b'{"v":1,"type":"pi', R.NOT_JSON),
    "something after it": (b'{"v":1,"type":"mark","tick":1} {}', R.NOT_JSON),
    "not UTF-8": (b"\xff\xfe\xfd", R.NOT_JSON),
    "half a surrogate pair": (b'{"v":1,"type":"\\ud800"}', R.NOT_JSON),
    "an array": (b"[]", R.NOT_JSON),
    "a number": (b"1", R.NOT_JSON),
    "null": (b"null", R.NOT_JSON),
    "deep arrays": (b"[" * 16_000, R.NOT_JSON),
    "deep objects": (b'{"v":' * 3_000, R.NOT_JSON),
    "no version": (b'{"type":"ping"}', R.WRONG_VERSION),
    "version 2": (b'{"type":"ping","v":2}', R.WRONG_VERSION),
    "version true": (b'{"type":"ping","v":true}', R.WRONG_VERSION),
    "version 1.0": (b'{"type":"ping","v":1.0}', R.WRONG_VERSION),
    "version in a text": (b'{"type":"ping","v":"1"}', R.WRONG_VERSION),
    "a huge version": (b'{"type":"ping","v":' + b"9" * 400 + b"}", R.WRONG_VERSION),
    "a version, then another": (b'{"type":"ping","v":1,"v":2}', R.WRONG_VERSION),
    "no type": (b'{"v":1}', R.UNKNOWN_TYPE),
    "an unknown type": (b'{"v":1,"type":"coup"}', R.UNKNOWN_TYPE),
    "a type of another topic": (b'{"v":1,"type":"tick"}', R.UNKNOWN_TYPE),
}
ORDERS = {
    "negative": spoilt(ORDER, quantity=-1),
    "NaN in quotes": spoilt(ORDER, quantity="NaN"),
    "a float": spoilt(ORDER, quantity=1.5),
    "a whole float": spoilt(ORDER, quantity=1.0),
    "an exponent": with_text(ORDER, "quantity", b"1e3"),
    "a boolean": spoilt(ORDER, quantity=True),
    "a text": spoilt(ORDER, quantity="1"),
    "over the largest amount": spoilt(ORDER, quantity=LARGEST_AMOUNT + 1),
    "a huge number": spoilt(ORDER, quantity=10**300),
    "no quantity": without(ORDER, "quantity"),
    "null": spoilt(ORDER, quantity=None),
    "an array": spoilt(ORDER, quantity=[1]),
    "an unknown biome": spoilt(ORDER, biome="lava"),
    "a biome in capitals": spoilt(ORDER, biome="SNOW"),
    "a null byte in the player": spoilt(ORDER, player="ada\x00"),
    "a line after the player": spoilt(ORDER, player="ada\n"),
    "no player": spoilt(ORDER, player=""),
    "a long player": spoilt(ORDER, player="a" * 65),
    "a player in letters of elsewhere": spoilt(ORDER, player="\u0430da"),
    "not UTF-8 in the player": with_text(ORDER, "player", b'"\xff"'),
    "a null byte in the client's id": spoilt(ORDER, client_order_id="a\x00"),
    "a time before 1970": spoilt(ORDER, placed_at=-1),
    "a time past what JavaScript counts": spoilt(ORDER, placed_at=2**53 + 1),
    "an unknown field": spoilt(ORDER, surprise=1),
    "an unknown kind": spoilt(ORDER, kind="short"),
}
PINGS = {
    "no points": spoilt(PING, points=0),
    "negative points": spoilt(PING, points=-5),
    "too many points": spoilt(PING, points=1_000_001),
    "an unknown biome": spoilt(PING, biome="lava"),
    "a null byte": spoilt(PING, player="a\x00b"),
    "points as text": spoilt(PING, points="3"),
    "an unknown field": spoilt(PING, weight=1),
    "a pack that is no array": b'{"v":1,"type":"pings","pings":5}',
    "a pack with an unknown field": b'{"v":1,"type":"pings","pings":[],"more":1}',
}


@pytest.mark.parametrize("decode", [decode_market_input, decode_pings])
@pytest.mark.parametrize(("value", "reason"), ANY_TOPIC.values(), ids=ANY_TOPIC)
def test_what_no_topic_takes_has_its_reason(decode: Any, value: bytes | None, reason: DeadReason) -> None:
    decoded = decode(value)
    assert isinstance(decoded, Undecodable)
    assert decoded.reason is reason
    assert decoded.detail


@pytest.mark.parametrize("value", ORDERS.values(), ids=ORDERS)
def test_a_malformed_order_is_invalid(value: bytes) -> None:
    decoded = decode_market_input(value)
    assert isinstance(decoded, Undecodable)
    assert decoded.reason is R.INVALID


@pytest.mark.parametrize("value", PINGS.values(), ids=PINGS)
def test_a_malformed_ping_is_invalid(value: bytes) -> None:
    decoded = decode_pings(value)
    assert isinstance(decoded, Undecodable)
    assert decoded.reason is R.INVALID


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"0x10", b"01", b"+1", b"'1'"])
def test_a_number_that_json_does_not_have_is_not_json(word: bytes) -> None:
    decoded = decode_market_input(with_text(ORDER, "quantity", word))
    assert isinstance(decoded, Undecodable)
    assert decoded.reason is R.NOT_JSON


def test_an_oversized_message_is_refused_unread_and_one_at_the_limit_is_read() -> None:
    for decode, largest in ((decode_market_input, LARGEST_MARKET_INPUT), (decode_pings, LARGEST_PINGS)):
        fits = b'{"v":2}'.ljust(largest)
        at_the_limit, over = decode(fits), decode(fits + b" ")
        assert isinstance(at_the_limit, Undecodable)
        assert at_the_limit.reason is R.WRONG_VERSION
        assert isinstance(over, Undecodable)
        assert over.reason is R.OVERSIZED


def test_of_a_field_that_stands_twice_the_last_one_counts() -> None:
    value = json.dumps(ORDER)[:-1].encode() + b',"quantity":7}'
    decoded = decode_market_input(value)
    assert isinstance(decoded, PlaceOrder)
    assert decoded.quantity == 7


def test_the_bad_entries_of_a_pack_are_discarded_alone() -> None:
    bad = [
        ["b", "lava", 1],
        ["c", "snow"],
        ["d", "snow", 0],
        ["e", "snow", 1.5],
        "f",
        None,
        ["g\x00", "snow", 1],
        ["h", "snow", 1, 1],
    ]
    good = [["a", "snow", 1], ["z", "ocean", 2]]
    value = json.dumps({"v": 1, "type": "pings", "pings": [good[0], *bad, good[1]]}).encode()
    decoded = decode_pings(value)
    assert isinstance(decoded, PackedPings)
    assert [list(ping) for ping in decoded.pings] == good
    assert decoded.bad == len(bad)
    assert decoded.first_fault is not None
    assert decoded.first_fault.startswith("1 good entries before it")


def test_an_empty_pack_is_a_pack() -> None:
    assert decode_pings(b'{"v":1,"type":"pings","pings":[]}') == PackedPings([], 0, None)


def test_a_ping_may_have_its_fields_in_any_order_and_spaces_between() -> None:
    decoded = decode_pings(b' { "points" : 3 , "biome":"snow","player":"ada","type":"ping","v":1 } ')
    assert decoded == Ping(v=1, player="ada", biome=decoded.biome, points=3)  # type: ignore[union-attr]


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("v", "type", "pings")), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=100) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_whatever_raise_and_every_fault_fits_a_dead_letter(value: bytes) -> None:
    for decode in (decode_market_input, decode_pings):
        decoded = decode(value)
        if isinstance(decoded, Undecodable):
            letter = dead_letter(decoded, topic="t", partition=0, offset=1, at=2, key=value, value=value)
            assert decode_dead_letter(encode(letter)) == letter


@settings(deadline=None, max_examples=100)
@given(st.sampled_from([ORDER, PING]), st.data())
def test_a_message_with_one_byte_changed_is_understood_whole_or_not_at_all(
    body: dict[str, Any], data: st.DataObject
) -> None:
    value = bytearray(json.dumps(body).encode())
    value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    decoded = (decode_market_input if body is ORDER else decode_pings)(bytes(value))
    assert isinstance(decoded, Undecodable | PlaceOrder | Ping)


def test_a_dead_letter_keeps_the_origin_the_digest_and_the_first_64_kib() -> None:
    value, key = b"\x00\xff" * KEPT_BYTES, b"k" * (2 * KEPT_BYTES)
    fault = Undecodable(R.OVERSIZED, "x" * 10_000)
    letter = dead_letter(fault, topic="attention.pings", partition=3, offset=7, at=9, key=key, value=value)
    assert (letter.topic, letter.partition, letter.offset, letter.at) == ("attention.pings", 3, 7, 9)
    assert letter.size == len(value)
    assert letter.sha256 == hashlib.sha256(value).hexdigest()
    assert base64.b64decode(letter.value_base64 or "") == value[:KEPT_BYTES]
    assert len(letter.detail) == LONGEST_DETAIL
    assert len(encode(letter)) < DEAD_LETTERS.largest_message


def test_a_dead_letter_tells_a_missing_value_from_an_empty_one() -> None:
    fault = Undecodable(R.EMPTY, "empty")
    missing = dead_letter(fault, topic="t", partition=0, offset=0, at=0, key=None, value=None)
    empty = dead_letter(fault, topic="t", partition=0, offset=0, at=0, key=b"", value=b"")
    assert (missing.key_base64, missing.value_base64) == (None, None)
    assert (empty.key_base64, empty.value_base64) == ("", "")
