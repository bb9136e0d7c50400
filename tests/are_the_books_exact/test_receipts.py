"""What anyone can check with ticks alone: nothing is found in real ticks, and every change that breaks a law is."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from schemas.biomes import Biome
from schemas.decoding import decode_tick, encode
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_TICKS
from schemas.units import MICRO
from streams.durable.fold import Commit
from streams.receipts.chain import Chain
from streams.receipts.checks import faults_after, faults_alone
from tests.does_history_agree.written_market import WrittenMarket


def tick_of(commit: Commit) -> Tick:
    return decode_tick(next(output.value for output in commit.outputs if output.topic == MARKET_TICKS.name))


@pytest.fixture(scope="module")
def ticks() -> list[Tick]:
    """With buys, a sale, uneven attention, and none."""
    market = WrittenMarket()
    market.open("ann", "bob")
    written = [tick_of(market.close())]
    market.buy("ann", Biome.SNOW, 500 * MICRO)
    market.buy("bob", Biome.OCEAN, 77 * MICRO)
    written.append(tick_of(market.close([3, 0, 1, 0, 0, 0, 9])))
    market.sell("ann", Biome.SNOW, MICRO)
    written += [tick_of(market.close([1, 2, 3, 4, 5, 6, 7])), tick_of(market.close([0] * 7))]
    return written


def replaced(tick: Tick, **fields: Any) -> Tick:
    return msgspec.structs.replace(tick, **fields)


def with_snow(tick: Tick, **fields: Any) -> Tick:
    *others, snow = tick.markets
    return replaced(tick, markets=[*others, msgspec.structs.replace(snow, **fields)])


def more(amount: str, by: int = 1) -> str:
    return str(int(amount) + by)


def test_nothing_is_found_in_ticks_that_the_market_made(ticks: list[Tick]) -> None:
    assert [fault for tick in ticks for fault in faults_alone(tick)] == []
    for before, tick in pairwise(ticks):
        assert list(faults_after(tick, before)) == []


ALONE: dict[str, Callable[[Tick], Tick]] = {
    "law 1": lambda tick: replaced(tick, players_cash=more(tick.players_cash)),
    "law 2": lambda tick: with_snow(tick, treasury=more(tick.markets[-1].treasury)),
    "law 3": lambda tick: replaced(tick, house_fees="-1"),
    "the receipt of snow does not add up": lambda tick: with_snow(tick, bought=more(tick.markets[-1].bought)),
    "the price of snow": lambda tick: with_snow(tick, price=more(tick.markets[-1].price)),
    "micro-BDT were pooled and": lambda tick: with_snow(tick, dealt=more(tick.markets[-1].dealt)),
    "snow paid": lambda tick: replaced(tick, settings=msgspec.structs.replace(tick.settings, pool_bp=2_400)),
    "in proportion to attention": lambda tick: replaced(
        with_snow(tick, attention=tick.markets[-1].attention + 5),
        attention=msgspec.structs.replace(tick.attention, taken=tick.attention.taken + 5),
    ),
    "law 10": lambda tick: with_snow(tick, attention=tick.markets[-1].attention + 1),
}


@pytest.mark.parametrize("sentence", ALONE)
def test_a_tick_that_breaks_a_law_is_found_by_itself(sentence: str, ticks: list[Tick]) -> None:
    spoilt = ALONE[sentence](ticks[1])
    assert any(sentence in fault for fault in faults_alone(spoilt)), list(faults_alone(spoilt))


AFTER: dict[str, Callable[[Tick], Tick]] = {
    "inputs between": lambda tick: replaced(tick, inputs=msgspec.structs.replace(tick.inputs, first=0)),
    "log time steps back": lambda tick: replaced(tick, closed_at=1),
    "the fees do not continue": lambda tick: replaced(tick, fees=more(tick.fees)),
    "genesis or the grants do not continue": lambda tick: replaced(tick, grants="0"),
    "the cash of snow does not continue": lambda tick: with_snow(tick, before=more(tick.markets[-1].before)),
    "the shares of snow do not continue": lambda tick: with_snow(tick, shares=more(tick.markets[-1].shares)),
    "the players' cash does not continue": lambda tick: replaced(tick, players_cash=more(tick.players_cash)),
    "the players' shares of ocean do not continue": lambda tick: replaced(
        tick, players_shares=[more(tick.players_shares[0]), *tick.players_shares[1:]]
    ),
    "attention shard 0 goes back": lambda tick: replaced(
        tick, attention=msgspec.structs.replace(tick.attention, shards=[None])
    ),
}


@pytest.mark.parametrize("sentence", AFTER)
def test_a_tick_that_does_not_continue_the_one_before_is_found(sentence: str, ticks: list[Tick]) -> None:
    spoilt = AFTER[sentence](ticks[2])
    assert any(sentence in fault for fault in faults_after(spoilt, ticks[1])), list(faults_after(spoilt, ticks[1]))


def test_by_rules_that_are_not_known_here_the_laws_still_hold_and_the_pool_is_not_computed(ticks: list[Tick]) -> None:
    other = replaced(ticks[1], settings=msgspec.structs.replace(ticks[1].settings, rules=7, pool_bp=2_400))
    assert list(faults_alone(other)) == []


def test_the_chain_names_the_tick_that_breaks_it(ticks: list[Tick]) -> None:
    chain, bodies = Chain(), [encode(tick) for tick in ticks]
    assert chain.take(bodies[0], None) == []
    assert chain.take(bodies[1], "0" * 64) == ["tick 2: the body does not have the hash that stands beside it"]
    spoilt = encode(replaced(ticks[2], previous="0" * 64))
    assert chain.take(spoilt, None) == ["tick 3: the chain is broken: it does not name the hash of tick 2"]
    assert "tick 3 is not" not in str(chain.take(bodies[3], None))


def test_a_tick_that_is_left_out_or_cannot_be_read_is_told(ticks: list[Tick]) -> None:
    chain = Chain()
    chain.take(encode(ticks[0]), None)
    assert chain.take(encode(ticks[2]), None) == ["tick 3: tick 1 is not the one before it"]
    assert chain.take(b"{}", None)[0].startswith("after tick 3: not a tick")
