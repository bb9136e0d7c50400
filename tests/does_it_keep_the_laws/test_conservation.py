"""Are cash and shares conserved, is everyone solvent, and does redistribution deal out what it pooled (laws 1 to 4)?"""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.biomes import BIOMES, Biome
from schemas.units import MICRO
from streams.market.core.account import ROW_PREFIX, Account
from streams.market.core.redistribution import redistribute
from streams.market.core.state import ROW_KEY, MarketState
from tests.does_it_keep_the_laws.auditor import Auditor
from tests.does_it_keep_the_laws.market_log import EVEN, Market
from tests.does_it_keep_the_laws.scripts import Step, play, scripts

seven = st.lists(st.integers(0, 10**17), min_size=7, max_size=7)


@given(scripts)
def test_whatever_happens_cash_and_shares_are_conserved_at_every_tick(script: list[Step]) -> None:
    _, closed = play(script)
    auditor = Auditor()
    for tick in closed:
        auditor.audit(tick)


@given(scripts)
def test_the_rows_themselves_hold_the_cash_and_shares_that_the_last_tick_says(script: list[Step]) -> None:
    market, closed = play(script)
    rows = dict(market.rows.items())
    state = msgspec.json.decode(rows.pop(ROW_KEY), type=MarketState)
    accounts = [msgspec.json.decode(row, type=Account) for key, row in rows.items() if key.startswith(ROW_PREFIX)]
    assert len(accounts) == len(rows) == closed[-1].tick.accounts
    cash = sum(account.cash for account in accounts)
    assert cash + sum(state.cash) + state.house_fees == state.genesis_cash + state.grants
    for biome in range(len(BIOMES)):
        shares = sum(account.holdings[biome] for account in accounts)
        assert state.treasury[biome] + shares == state.shares[biome] == int(closed[-1].tick.markets[biome].shares)


@given(st.lists(st.integers(1, 1_000), min_size=7, max_size=7), st.integers(0, 6))
def test_every_holder_can_sell_everything(points: list[int], crowded: int) -> None:
    market = Market(largest_order_bp=10_000, smallest_buy=1)
    players = ("ada", "bob", "cyd")
    market.open(*players)
    for player in players:
        market.buy(player, BIOMES[crowded], 3_000 * MICRO)
        market.buy(player, BIOMES[(crowded + 1) % 7], 2_000 * MICRO)
    held = {event.player: event.account for event in market.close(*points).events}
    market.close(*points[::-1])
    sales = [
        market.sell(player, biome, int(shares))
        for player, account in held.items()
        if account is not None
        for biome, shares in zip(BIOMES, account.holdings, strict=True)
        if shares != "0"
    ]
    closed = market.close(*points)
    assert [closed.code(sale) for sale in sales] == ["FILLED"] * 6
    assert closed.tick.players_shares == ["0"] * 7


@given(seven, st.lists(st.integers(0, 10**9), min_size=7, max_size=7), st.lists(st.booleans(), min_size=7, max_size=7))
@example([10**12] * 7, [0] * 7, [False] * 7)
def test_redistribution_deals_out_exactly_what_it_pooled(
    cash: list[int], attention: list[int], halted: list[bool]
) -> None:
    floor = 10**10
    moved = redistribute(cash, attention, halted=halted, pool_bp=2_500, floor=floor)
    assert sum(moved.pooled) == sum(moved.dealt)
    weights = [0 if stopped else points for points, stopped in zip(attention, halted, strict=True)]
    pool, total = sum(moved.pooled), sum(weights)
    for before, weight, stopped, pooled, dealt in zip(cash, weights, halted, *moved, strict=True):
        assert 0 <= pooled <= max(0, before - floor)
        assert pooled <= before * 2_500 // 10_000
        if stopped or total == 0:
            assert pooled == dealt == 0
        else:
            assert abs(dealt * total - pool * weight) < total


def test_with_no_attention_in_the_window_nothing_moves() -> None:
    market = Market()
    market.close(1, 2, 3, 4, 5, 6, 7)
    quiet = market.close().tick
    assert {(m.pooled, m.dealt) for m in quiet.markets} == {("0", "0")}
    assert [m.cash for m in quiet.markets] == [m.before for m in quiet.markets]


def test_a_law_that_would_be_broken_ends_the_fold_and_is_never_published() -> None:
    market = Market()
    market.open("ada")
    market.close(*EVEN)
    state = msgspec.json.decode(market.rows.get(ROW_KEY) or b"", type=MarketState)
    state.players_cash += 1
    market.rows.put(ROW_KEY, msgspec.json.encode(state))
    market.fold = type(market.fold)(market.rows)
    market.buy("ada", Biome.SNOW, MICRO)
    market.now += 500
    with pytest.raises(AssertionError, match="Law 1"):
        market.mark()
