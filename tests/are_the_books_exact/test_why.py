"""Why a price moved: words that a player understands, and exact numbers."""

import msgspec
import pytest

from schemas.biomes import BIOMES, Biome
from schemas.messages.market_inputs import SetHalt
from schemas.messages.market_ticks import Tick
from schemas.units import MICRO
from streams.receipts.why import PriceMove, why
from tests.are_the_books_exact.test_receipts import tick_of
from tests.does_history_agree.written_market import WrittenMarket


def of(biome: Biome, tick: Tick, before: Tick | None) -> PriceMove:
    return why(tick, before).moves[BIOMES.index(biome)]


@pytest.fixture
def market() -> WrittenMarket:
    market = WrittenMarket()
    market.open("ann")
    return market


def test_attention_against_cash_explains_a_rise_and_a_fall(market: WrittenMarket) -> None:
    before, tick = tick_of(market.close()), tick_of(market.close([0, 1, 1, 1, 1, 1, 3]))
    snow, ocean = of(Biome.SNOW, tick, before), of(Biome.OCEAN, tick, before)
    assert snow.sentences == (
        "snow rises from 100.00 to 140.625 BDT a share (+40.63 %).",
        "It pays 250000.00 BDT of its 1000000.00 BDT into the pool (25.00 %, as every biome does).",
        "It is dealt 656250.00 of the 1750000.00 BDT in the pool, for 3 of 8 points of attention (37.50 %).",
        "It held 14.29 % of the cash and drew 37.50 % of the attention: 406250.00 BDT more for the same shares.",
    )
    assert ocean.sentences[0] == "ocean falls from 100.00 to 75.00 BDT a share (-25.00 %)."
    assert ocean.sentences[-1] == (
        "It held 14.29 % of the cash and drew 0.00 % of the attention: 250000.00 BDT less for the same shares."
    )
    assert (snow.pooled, snow.dealt, snow.by_trades) == (250_000 * MICRO, 656_250 * MICRO, 0)


def test_the_numbers_add_up_to_the_price(market: WrittenMarket) -> None:
    before = tick_of(market.close())
    for number in range(5):
        market.buy("ann", Biome.DESERT, (number + 1) * 13 * MICRO + 7)
        tick = tick_of(market.close([number, 1, 2, 3, 4, 5, 6]))
        for move in why(tick, before).moves:
            assert move.price_before + move.by_trades + move.by_redistribution == move.price
            assert abs(move.by_trades) <= 1
        before = tick


def test_without_attention_nothing_moves_and_that_is_said(market: WrittenMarket) -> None:
    before, tick = tick_of(market.close()), tick_of(market.close([0] * 7))
    told = why(tick, before)
    assert told.sentences[0] == (
        "Nobody gave attention since the tick before, so nothing is redistributed and no price moves."
    )
    assert told.moves[0].sentences == ("ocean stays at 100.00 BDT a share.", "Without attention nothing is pooled.")


def test_buys_are_said_not_to_move_the_price_but_to_be_part_of_the_pot(market: WrittenMarket) -> None:
    first = tick_of(market.close())
    market.buy("ann", Biome.SNOW, 100 * MICRO)
    before, tick = tick_of(market.close()), tick_of(market.close())
    at_once, later = of(Biome.SNOW, before, first), of(Biome.SNOW, tick, before)
    assert at_once.sentences[-1] == (
        "At this price buys bring 100.00 BDT and sales take 0.00 BDT: the next ticks redistribute what is there then."
    )
    assert later.sentences[-2:] == (
        "At the tick before, buys brought 100.00 BDT, with shares for it at the price: that alone does not move the price at all.",
        "But that cash is now part of what is pooled and dealt.",
    )


def test_a_halted_biome_and_a_halted_market_are_told(market: WrittenMarket) -> None:
    before = tick_of(market.close())
    for biome in (Biome.SNOW, None):
        market._say(
            SetHalt(v=1, command_id=f"h-{biome}", at=market.now, by="op", reason="A test.", biome=biome, halted=True)
        )
        tick = tick_of(market.close())
        told = why(tick, before)
        assert "op gave the command set_halt: A test." in told.sentences
        expected = "It is halted" if biome else "The whole market is halted"
        assert told.moves[-1].sentences[1] == f"{expected}, so it neither pays nor receives."
        before = tick
    assert told.sentences[0].startswith("The market is halted")


def test_what_was_not_counted_and_what_came_late_is_told(market: WrittenMarket) -> None:
    tick = tick_of(market.close())
    late = msgspec.structs.replace(tick.attention, stale=True, behind_ms=3_200, discarded={"over_cap": 5})
    told = why(msgspec.structs.replace(tick, attention=late, windows=9), None)
    assert told.sentences[1:] == (
        "The count of attention was 3.2 s late, so no order filled in this tick.",
        "Not counted: 5 points over a player's cap.",
        "The tick covers 9 windows: the market stood still for a while.",
    )


def test_a_biome_at_its_floor_pays_nothing(market: WrittenMarket) -> None:
    before = tick_of(market.close())
    settings = msgspec.structs.replace(before.settings, floor_cash=int(before.markets[0].cash))
    tick = tick_of(market.close([1] * 7))
    at_the_floor = [msgspec.structs.replace(one, pooled="0", dealt="0") for one in tick.markets]
    told = why(msgspec.structs.replace(tick, settings=settings, markets=at_the_floor), before)
    assert told.moves[0].sentences[1] == (
        "It has 1000000.00 BDT, not more than the floor of 1000000.00 BDT, so it pays nothing."
    )


def test_a_tick_is_explained_by_the_one_before_it_and_by_no_other(market: WrittenMarket) -> None:
    first, _, third = (tick_of(market.close()) for _ in range(3))
    with pytest.raises(ValueError, match="Tick 3 is explained by tick 2"):
        why(third, first)
