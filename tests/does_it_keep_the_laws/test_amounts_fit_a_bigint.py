"""Does every amount of the state fit a PostgreSQL BIGINT, whatever players do?"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.biomes import BIOMES
from schemas.messages.market_inputs import GrantCash, MarketSettings, OrderKind
from schemas.units import MICRO
from streams.market.core.filling import Fill, FrozenMarket, fill
from streams.market.core.state import MOST_CASH
from tests.does_it_keep_the_laws.market_log import Market
from tests.does_it_keep_the_laws.test_forward_pricing import OPEN_HANDED, order_for

LARGEST_BIGINT = 2**63 - 1
A_BILLION_BDT = 10**9 * MICRO
SHARES_A_MICRO_BUYS = MICRO // MarketSettings().smallest_price
"""At the smallest price for buying, a micro-BDT buys a hundred micro-shares."""


def integers_in(value: Any) -> Iterator[int]:
    """Every number in a decoded row or message, those in strings included."""
    if isinstance(value, dict):
        for part in value.values():
            yield from integers_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from integers_in(part)
    elif isinstance(value, int):
        yield value
    elif isinstance(value, str) and value.lstrip("-").isdigit() and len(value) < 64:
        yield int(value)


@given(st.integers(1, MOST_CASH), st.integers(1, LARGEST_BIGINT), st.integers(1, MOST_CASH), st.sampled_from(OrderKind))
@settings(max_examples=150)
def test_a_purchase_never_takes_shares_past_a_hundred_for_each_micro_bdt_in_the_market(
    cash: int, shares: int, quantity: int, kind: OrderKind
) -> None:
    done = fill(order_for(kind, quantity), FrozenMarket(cash, shares), OPEN_HANDED, already_traded=0)
    if isinstance(done, Fill) and kind is not OrderKind.SELL_SHARES:
        assert shares + done.shares <= SHARES_A_MICRO_BUYS * (cash + done.cash)


def test_the_most_cash_of_a_game_keeps_shares_within_a_bigint() -> None:
    assert MOST_CASH * SHARES_A_MICRO_BUYS <= LARGEST_BIGINT


def test_settings_cannot_lower_the_smallest_price_that_bounds_shares() -> None:
    lowest = msgspec.convert({"smallest_price": 10_000}, MarketSettings)
    assert lowest.smallest_price == MarketSettings().smallest_price
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"smallest_price": 9_999}, MarketSettings)


def test_with_a_billion_bdt_in_the_game_shares_stay_within_57_bits_however_they_are_rebought() -> None:
    """Attention empties a biome, a rich player rebuys it at the lowest price that is open, again and again."""
    market = Market(largest_order_bp=10_000)
    market.open("whale", grant=A_BILLION_BDT // 2)
    market.say(
        GrantCash(
            v=1, command_id="grant", at=market.now, by="op", reason="why", player="whale", amount=A_BILLION_BDT // 2
        )
    )
    closed = market.close()
    whale = closed.events[-1].account
    most = 0
    for round_number in range(200):
        drained = round_number // 10 % 2
        pumped = 1 - drained
        assert whale is not None
        market.sell("whale", BIOMES[pumped], int(whale.holdings[pumped]))
        # Three quarters of the cash are left after the pool, and the largest order is all of that here.
        market.buy(
            "whale", BIOMES[drained], min(int(whale.cash) * 100 // 103, int(closed.tick.markets[drained].cash) * 3 // 4)
        )
        closed = market.close(*[int(biome == pumped) for biome in range(7)], after_ms=5_000)
        whale = closed.events[-1].account
        most = max(most, *(int(biome.shares) for biome in closed.tick.markets))
        numbers = list(integers_in(msgspec.json.decode(closed.commit.outputs[0].value)))
        numbers += [number for _, row in market.rows.items() for number in integers_in(msgspec.json.decode(row))]
        assert max(map(abs, numbers)) <= LARGEST_BIGINT
    assert 10**13 < most < 2**57
