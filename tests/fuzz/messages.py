"""Messages as an enemy would write them: every example with values, fields and bytes changed, in JSON that no encoder would write."""

import json
from pathlib import Path
from typing import Any, Final

import schemas
from schemas.biomes import BIOMES
from tests.fuzz.choices import Choices

EXAMPLES: Final[dict[str, bytes]] = {
    path.stem: path.read_bytes() for path in sorted((Path(schemas.__path__[0]) / "examples").iterdir())
}
INPUTS: Final = (
    "place_order",
    "open_account",
    "report_attention",
    "grant_cash",
    "set_halt",
    "set_freeze",
    "change_settings",
    "genesis",
    "close_window",
)
PINGS: Final = ("ping", "pings", "mark")

NUMBERS: Final = (
    *b"0 1 2 7 -1 -0 500 9999 10000 999999 1000000 1000000000000 9999999999999999 10000000000000000".split(),
    *b"999999999999999999 1000000000000000000 4503599627370496 9007199254740993 253402300799999".split(),
    *b"9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616".split(),
    *b"1.0 0.5 1e3 1e400 -1e400 1e-400 NaN Infinity 01 +1 0x1".split(),
    b"9" * 400,
)
OTHERS: Final = (
    *rb'null true false "" "1" "ada" "snow" "\u0000" "\ud800" "\udc00\ud800" "\uffff" [] {} [[]] [1,2]'.split(),
    *rb'{"v":1} "a" nul "'.split(),
    '"\u0430da"'.encode(),
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"' + b"a" * 300 + b'"',
    b"[" * 2_000,
    b'{"a":' * 1_500,
)
TOKENS: Final = (
    b"\0",
    b"\xff",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\\",
    b"\\u",
    b"9" * 25,
    b"e9",
    b'"v":2,',
    b" " * 40,
)
PLAYERS: Final = ("ada", "bob", "c", "attention-0")


def message(choices: Choices, kinds: tuple[str, ...]) -> bytes:
    """An example of one of these kinds, spoilt in some way or left as it is."""
    body: dict[str, Any] = json.loads(EXAMPLES[choices.of(kinds)])
    value = json.dumps(body).encode()
    for _ in range(choices.below(4)):
        value = (_with_value, _with_field, _with_bytes)[choices.below(3)](choices, value)
    return value


def _with_value(choices: Choices, value: bytes) -> bytes:
    """Another value for a field at any depth, as raw JSON (or what is none)."""
    try:
        body = json.loads(value)
    except (ValueError, RecursionError):
        return value
    places = list(_places(body))
    if not places:
        return value
    holder, key = choices.of(places)
    holder[key] = "@here@"
    odd = choices.of(NUMBERS) if choices.below(3) else choices.of(OTHERS)
    return json.dumps(body).encode().replace(b'"@here@"', odd, 1)


def _places(value: Any) -> Any:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from _places(inner)


def _with_field(choices: Choices, value: bytes) -> bytes:
    """A field once more, with another value, or one that the message does not have."""
    name = choices.of(("v", "type", "player", "quantity", "taken", "surprise", "pings", "\\u0076"))
    return value.rstrip(b"} ") + b',"' + name.encode() + b'":' + choices.of((*NUMBERS, *OTHERS)) + b"}"


def _with_bytes(choices: Choices, value: bytes) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    start = choices.below(len(value) + 1)
    end = start + choices.below(9)
    put_in = (choices.of(TOKENS), b"", value[start:end] * 2, choices.bytes(end - start))[choices.below(4)]
    return value[:start] + put_in + value[end:]


def market_input(choices: Choices, *, now: int, next_tick: int) -> bytes | None:
    """An input of the market that is likely to mean something: players, ids and times of this log, amounts at the edges."""
    kind = choices.of(("order", "order", "order", "mark", "mark", "open", "report", "command", "spoilt", "raw", "null"))
    if kind == "null":
        return None
    if kind == "raw":
        return choices.bytes(choices.below(40))
    if kind == "spoilt":
        return message(choices, INPUTS)
    body = _INPUT[kind](choices, now, next_tick)
    return json.dumps({"v": 1} | body).encode()


def _amount(choices: Choices) -> int:
    return choices.of((1, 0, 10**6, 10**7, 10**8, 10**9, 10**10, 10**12, 10**16, 10**18 - 1, 3)) + choices.below(3)


def _order(choices: Choices, now: int, _next_tick: int) -> dict[str, Any]:
    kind = choices.of(("buy_cash", "buy_shares", "sell_shares"))
    return {
        "type": "place_order",
        "order_id": f"order-{choices.below(40)}",
        "player": choices.of(PLAYERS),
        "biome": choices.of(BIOMES).value,
        "kind": kind,
        "quantity": _amount(choices),
        "limit": choices.of((None, None, _amount(choices))),
        "max_pay": choices.of((None, 10**12)) if kind == "buy_shares" else None,
        "placed_at": max(0, now + choices.of((0, 0, 0, -1, 9_999, -10_000, -10_001, 10_001))),
    }


def _mark(choices: Choices, now: int, next_tick: int) -> dict[str, Any]:
    return {"type": "close_window", "tick": next_tick + choices.of((0, 0, 0, 0, 1, 7)), "due": now}


def _opening(choices: Choices, _now: int, _next_tick: int) -> dict[str, Any]:
    return {"type": "open_account", "player": choices.of(PLAYERS), "grant": _amount(choices)}


def _report(choices: Choices, now: int, _next_tick: int) -> dict[str, Any]:
    most = choices.of((10, 2**52, 1))
    return {
        "type": "report_attention",
        "shard": choices.below(3),
        "shards": choices.of((1, 1, 1, 2, 1_024)),
        "offset": choices.of((now, 0, 2**63 - 1)),
        "reached": now,
        "taken": [min(most, choices.below(256) * most // 10) for _ in BIOMES],
        "discarded": choices.of(({}, {"over_cap": most}, {"malformed": 1, "over_cap": 0})),
        "cap": choices.of((10, 1, 2**63)),
    }


def _command(choices: Choices, now: int, _next_tick: int) -> dict[str, Any]:
    reason = choices.of(("because", "\u2028\U0001f40c" * 50, '"\\'))
    head = {"command_id": f"command-{choices.below(9)}", "at": now, "by": "an enemy", "reason": reason}
    settings = {
        name: choices.of((low, high))
        for name, (low, high) in {
            "window_ms": (500, 100),
            "pool_bp": (2_500, 10_000),
            "floor_cash": (0, 10**18 - 1),
            "fee_bp": (0, 5_000),
            "largest_order_bp": (10_000, 0),
            "smallest_buy": (0, 10**18 - 1),
            "smallest_price": (10_000, 10**18 - 1),
            "minimum_hold_ticks": (0, 10_000_000),
            "attention_stale_ms": (3_600_000, 500),
        }.items()
    }
    bodies: tuple[dict[str, Any], ...] = (
        {"type": "grant_cash", "player": choices.of(PLAYERS), "amount": choices.of((10**9, 1, 10**15))},
        {"type": "set_halt", "biome": choices.of((None, "snow", "ocean")), "halted": bool(choices.below(2))},
        {"type": "set_freeze", "player": choices.of(PLAYERS), "frozen": bool(choices.below(2))},
        {"type": "change_settings", "settings": settings | {"attention_shards": choices.of((1, 2))}},
    )
    return head | choices.of(bodies)


_INPUT: Final = {"order": _order, "mark": _mark, "open": _opening, "report": _report, "command": _command}
