"""Random logs: players, operators, attention, clocks and rubbish, in any order."""

import random
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from schemas.biomes import BIOMES, Biome
from schemas.decoding import encode
from schemas.messages.market_inputs import ChangeSettings, GrantCash, OrderKind, PlaceOrder, SetFreeze, SetHalt
from schemas.units import MICRO
from tests.does_it_keep_the_laws.market_log import Closed, Market, read

PLAYERS_WITH_ACCOUNTS = ("ada", "bob")
PLAYERS = (*PLAYERS_WITH_ACCOUNTS, "cyd", "dee")


class Order(NamedTuple):
    player: str
    biome: Biome
    kind: OrderKind
    quantity: int
    limit: int | None
    max_pay: int | None
    late_ms: int


class Again(NamedTuple):
    """Send an order of before once more."""

    which: int


class Open(NamedTuple):
    player: str


class Operate(NamedTuple):
    """An admin command; its id may come twice."""

    command_id: str
    late_ms: int
    what: str
    player: str
    biome: Biome | None
    on: bool
    fee_bp: int


class Attend(NamedTuple):
    points: tuple[int, ...]


class Close(NamedTuple):
    after_ms: int
    heard: bool
    """Whether attention reports before the mark."""


class Rubbish(NamedTuple):
    value: bytes | None


Step = Order | Again | Open | Operate | Attend | Close | Rubbish
_ODD_AMOUNTS = (0, 1, 999_999, MICRO, 1_020_001, 5_000 * MICRO, 9_803_921_568, 10**12, 10**18 - 1)
_ODD_LATENESS_MS = (400, 9_000, 11_000, -9_000, -11_000)
_LIMITS = (None, None, None, None, 1, 99 * MICRO, 100 * MICRO, 101 * MICRO, 10**12)
_MOST_PAID = (None, None, None, 0, MICRO, 10**12)
_RUBBISH = (b"", None, b"{", b"[]", b'{"v":2,"type":"genesis"}', b"\x00" * 20_000)


def script_of(seed: int, length: int) -> list[Step]:
    """The first steps of the random life of a market that a seed stands for: so a failure shrinks to its beginning."""
    rng = random.Random(seed)
    return [_random_step(rng) for _ in range(length)]


def _random_step(rng: random.Random) -> Step:
    kinds = (
        _random_order,
        _random_again,
        _random_opening,
        _random_operation,
        _random_attention,
        _random_close,
        _random_rubbish,
    )
    (kind,) = rng.choices(kinds, weights=(50, 8, 3, 6, 10, 20, 3))
    return kind(rng)


def _random_order(rng: random.Random) -> Order:
    return Order(
        rng.choice(PLAYERS),
        rng.choice(BIOMES[:3]),
        rng.choice(list(OrderKind)),
        rng.choice(_ODD_AMOUNTS) if rng.random() < 0.2 else rng.randint(1, 20 * MICRO),
        rng.choice(_LIMITS),
        rng.choice(_MOST_PAID),
        rng.choice(_ODD_LATENESS_MS) if rng.random() < 0.1 else 0,
    )


def _random_again(rng: random.Random) -> Again:
    return Again(rng.randrange(100))


def _random_opening(rng: random.Random) -> Open:
    return Open(rng.choice(PLAYERS))


def _random_operation(rng: random.Random) -> Operate:
    return Operate(
        f"command-{rng.randrange(8)}",
        rng.choice((0, 0, 0, 11_000, -11_000)),
        rng.choice(("grant", "halt", "freeze", "settings")),
        rng.choice(PLAYERS),
        rng.choice((None, *BIOMES[:3])),
        rng.random() < 0.4,
        rng.choice((0, 1, 200, 5_000)),
    )


def _random_attention(rng: random.Random) -> Attend:
    return Attend(tuple(rng.randrange(40) for _ in BIOMES))


def _random_close(rng: random.Random) -> Close:
    return Close(rng.choice((249, 500, 500, 500, 500, 5_000, 61_000)), rng.random() < 0.85)


def _random_rubbish(rng: random.Random) -> Rubbish:
    return Rubbish(rng.choice(_RUBBISH))


scripts = st.builds(script_of, st.integers(0, 2**32), st.integers(1, 100))


def play(script: list[Step], **settings: Any) -> tuple[Market, list[Closed]]:
    """Write the log that a script describes, where two of the players have accounts and some shares, and close one last tick."""
    market = Market(**settings)
    market.open(*PLAYERS_WITH_ACCOUNTS)
    for biome in BIOMES[:3]:
        for player in PLAYERS_WITH_ACCOUNTS:
            market.buy(player, biome, 1_000 * MICRO, order_id=f"{player}-{biome}")
    closed = [market.close(*[1] * len(BIOMES))]
    sent: list[PlaceOrder] = []
    for number, step in enumerate(script):
        commit = _step(market, step, sent, number)
        if commit is not None:
            closed.append(commit)
    closed.append(market.close())
    return market, closed


def _step(market: Market, step: Step, sent: list[PlaceOrder], number: int) -> Closed | None:
    match step:
        case Order(player, biome, kind, quantity, limit, max_pay, late_ms):
            sent.append(
                PlaceOrder(
                    v=1,
                    order_id=f"order-{number}",
                    player=player,
                    biome=biome,
                    kind=kind,
                    quantity=quantity,
                    limit=limit,
                    max_pay=max_pay,
                    placed_at=market.now - late_ms,
                )
            )
            market.say(sent[-1])
        case Again(which) if sent:
            market.say(sent[which % len(sent)])
        case Open(player):
            market.open(player)
        case Operate():
            market.say(encode(_command(market, step)))
        case Attend(points):
            market.attend(*points)
        case Rubbish(value):
            market.say(value)
        case Close(after_ms, heard):
            market.now += after_ms
            if heard:
                market.attend()
            commit = market.mark()
            return None if commit is None else read(commit)
    return None


def _command(market: Market, step: Operate) -> GrantCash | SetHalt | SetFreeze | ChangeSettings:
    by: dict[str, Any] = {
        "command_id": step.command_id,
        "at": market.now - step.late_ms,
        "by": "operator",
        "reason": "test",
    }
    match step.what:
        case "grant":
            return GrantCash(v=1, **by, player=step.player, amount=123_456_789)
        case "halt":
            return SetHalt(v=1, **by, biome=step.biome, halted=step.on)
        case "freeze":
            return SetFreeze(v=1, **by, player=step.player, frozen=step.on)
        case _:
            changed = msgspec.structs.replace(market.settings, fee_bp=step.fee_bp, minimum_hold_ticks=int(step.on))
            return ChangeSettings(v=1, **by, settings=changed)
