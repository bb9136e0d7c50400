"""Does every message type have an example in a file, and does each hold against its type and the type's JSON schema?"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

import schemas
from schemas import decoding
from schemas.messages.attention_pings import Mark, Ping, Pings
from schemas.messages.audit_verdicts import AuditVerdict
from schemas.messages.dead_letters import DeadLetter
from schemas.messages.fields import Message
from schemas.messages.market_inputs import MarketInput
from schemas.messages.market_prices import Price
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import TradeEvent

EXAMPLES = Path(schemas.__path__[0]) / "examples"
DECODERS: dict[type[Message], Callable[[bytes], Any]] = {
    **dict.fromkeys(get_args(MarketInput), decoding.decode_market_input),
    **dict.fromkeys(get_args(TradeEvent), decoding.decode_trade_event),
    **dict.fromkeys((Ping, Pings, Mark), decoding.decode_pings),
    Tick: decoding.decode_tick,
    Price: decoding.decode_price,
    DeadLetter: decoding.decode_dead_letter,
    **dict.fromkeys(get_args(AuditVerdict), decoding.decode_audit_verdict),
}


def tag(message_type: type[Message]) -> str:
    """What a message of this type says in its field ``type``."""
    return str(message_type.__struct_config__.tag)


def example(message_type: type[Message]) -> bytes:
    return (EXAMPLES / f"{tag(message_type)}.json").read_bytes()


def descendants(message_type: type[Message]) -> set[type[Message]]:
    """The message types below one that have a tag of their own: those that go on a topic."""
    below: set[type[Message]] = set()
    for child in message_type.__subclasses__():
        below |= {child} | descendants(child)
    return below


each_type = pytest.mark.parametrize("message_type", DECODERS, ids=tag)


def test_every_message_type_is_here_and_every_example_is_of_one() -> None:
    declared = {kind for kind in descendants(Message) if kind.__module__.startswith("schemas.messages.")}
    on_topics = {kind for kind in declared if not kind.__name__.endswith("Fields")}
    assert on_topics == set(DECODERS)
    assert {path.stem for path in EXAMPLES.iterdir()} == {tag(kind) for kind in DECODERS}
    assert len({tag(kind) for kind in DECODERS}) == len(DECODERS)


@each_type
def test_an_example_decodes_as_its_type_and_encodes_to_the_same_bytes(message_type: type[Message]) -> None:
    body = msgspec.json.format(example(message_type), indent=-1)
    decoded = DECODERS[message_type](body)
    if message_type is Pings:
        decoded = Pings(v=1, pings=decoded.pings)
    assert type(decoded) is message_type
    assert decoding.encode(decoded) == body


@each_type
def test_an_example_holds_against_the_schema_that_its_type_gives(message_type: type[Message]) -> None:
    schema = msgspec.json.schema(message_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(example(message_type)), schema, jsonschema.Draft202012Validator)


@each_type
def test_the_schema_refuses_an_example_of_another_version_or_with_an_unknown_field(message_type: type[Message]) -> None:
    body = json.loads(example(message_type))
    schema = msgspec.json.schema(message_type)
    for spoilt in (body | {"v": 2}, body | {"surprise": 1}, body | {"type": "nothing"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoilt, schema, jsonschema.Draft202012Validator)


@each_type
def test_no_number_in_an_example_is_a_float_or_too_large_for_javascript(message_type: type[Message]) -> None:
    def numbers(value: Any) -> list[Any]:
        if isinstance(value, dict | list):
            parts = value.values() if isinstance(value, dict) else value
            return [number for part in parts for number in numbers(part)]
        return [value] if isinstance(value, int | float) else []

    for number in numbers(json.loads(example(message_type))):
        assert isinstance(number, int)
        assert abs(number) <= 2**53
