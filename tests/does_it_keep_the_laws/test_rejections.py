"""Is the reason of a rejection the first that applies, in the documented order (law 9)?"""

from typing import Any, Final

import msgspec
import pytest

from schemas.biomes import Biome
from schemas.messages.market_inputs import ChangeSettings, Genesis, MarketSettings, OrderKind, SetFreeze, SetHalt
from schemas.messages.trade_events import Rejected
from schemas.rejections import SENTENCES, Rejection
from schemas.units import MICRO
from tests.does_it_keep_the_laws.market_log import EVEN, START, Closed, Market

R = Rejection
PURCHASE: Final = (
    R.HALTED,
    R.ATTENTION_STALE,
    R.EXPIRED,
    R.ACCOUNT_FROZEN,
    R.TOO_MANY_ORDERS,
    R.INVALID_QUANTITY,
    R.PRICE_TOO_LOW,
    R.LIMIT_NOT_MET,
    R.ORDER_TOO_SMALL,
    R.ORDER_TOO_LARGE,
    R.NOTHING_TO_FILL,
    R.MAX_PAY_EXCEEDED,
    R.INSUFFICIENT_FUNDS,
)
SALE: Final = (
    R.HALTED,
    R.ATTENTION_STALE,
    R.EXPIRED,
    R.ACCOUNT_FROZEN,
    R.TOO_MANY_ORDERS,
    R.MINIMUM_HOLD,
    R.INVALID_QUANTITY,
    R.LIMIT_NOT_MET,
    R.ORDER_TOO_LARGE,
    R.NOTHING_TO_FILL,
    R.INSUFFICIENT_SHARES,
)
STRANGER: Final = (R.HALTED, R.ATTENTION_STALE, R.EXPIRED, R.NO_ACCOUNT)
IN_ORDER: Final = list(Rejection)


def outcome(faults: set[Rejection], kind: OrderKind, *, account: bool = True) -> str:
    """What becomes of an order that has all these faults together, in a market that gives cause for them."""
    market = market_with(faults, kind, account=account)
    order = market.order("ada", Biome.SNOW, kind, **terms(faults, kind, market.now))
    return code_after(market, faults, order)


def market_with(faults: set[Rejection], kind: OrderKind, *, account: bool) -> Market:
    """A market as dear or cheap as the faults need, where the player once bought and sold a share of snow."""
    market = Market(genesis=False)
    market.settings = MarketSettings(attention_shards=1)
    cheap = {"cash": 10**10, "treasury": 10**10}
    dear = {"cash": 10**16, "treasury": 10**6}
    market.say(Genesis(v=1, settings=market.settings, **(cheap if kind is OrderKind.SELL_SHARES else dear)))
    if account:
        market.open("ada", grant=0 if kind is OrderKind.BUY_CASH and R.INSUFFICIENT_FUNDS in faults else 10**15)
    market.close(*EVEN)
    if kind is OrderKind.SELL_SHARES:
        buy_and_sell(market, faults)
    operate(market, faults, kind)
    return market


def buy_and_sell(market: Market, faults: set[Rejection]) -> None:
    """A share that was bought and, for INSUFFICIENT_SHARES, sold again, so long ago that the rate is open."""
    order = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close().code(order) == "FILLED"
    if R.INSUFFICIENT_SHARES in faults:
        sale = market.sell("ada", Biome.SNOW, MICRO)
        assert market.close().code(sale) == "FILLED"
    market.now += 60_000


def operate(market: Market, faults: set[Rejection], kind: OrderKind) -> None:
    """Settings and commands that give cause for the faults; a first order when there may be only one a minute."""
    by: dict[str, Any] = {"v": 1, "at": market.now, "by": "op", "reason": "why"}
    changed = MarketSettings(
        attention_shards=1,
        orders_per_minute=1 if R.TOO_MANY_ORDERS in faults else 60,
        smallest_price=10**17 if R.PRICE_TOO_LOW in faults else 10_000,
        largest_order_bp=0 if R.ORDER_TOO_LARGE in faults else 10_000,
        minimum_hold_ticks=100 if R.MINIMUM_HOLD in faults else 0,
        fee_bp=5_000 if kind is OrderKind.SELL_SHARES else 200,
    )
    market.say(ChangeSettings(**by, command_id="settings", settings=changed))
    if R.HALTED in faults:
        market.say(SetHalt(**by, command_id="halt", biome=Biome.SNOW, halted=True))
    if R.ACCOUNT_FROZEN in faults:
        market.say(SetFreeze(**by, command_id="freeze", player="ada", frozen=True))
    if R.TOO_MANY_ORDERS in faults:
        market.buy("ada", Biome.OCEAN, 0)


def terms(faults: set[Rejection], kind: OrderKind, now: int) -> dict[str, Any]:
    """Quantity and limits that have the faults."""
    return {
        "quantity": quantity(faults, kind),
        "limit": limit(faults, kind),
        "max_pay": 0 if R.MAX_PAY_EXCEEDED in faults else None,
        "placed_at": now - 60_000 if R.EXPIRED in faults else now,
    }


def quantity(faults: set[Rejection], kind: OrderKind) -> int:
    if R.INVALID_QUANTITY in faults:
        return 0
    if kind is OrderKind.SELL_SHARES:
        return 1 if R.NOTHING_TO_FILL in faults else 1_000
    if R.ORDER_TOO_SMALL in faults:
        return MICRO - 1
    return MICRO if R.NOTHING_TO_FILL in faults else 10**11


def limit(faults: set[Rejection], kind: OrderKind) -> int | None:
    if R.LIMIT_NOT_MET not in faults:
        return None
    return 10**17 if kind is OrderKind.SELL_SHARES else 1


def code_after(market: Market, faults: set[Rejection], order: str) -> str:
    closed = market.close_unheard(after_ms=2_001) if R.ATTENTION_STALE in faults else market.close()
    return closed.code(order)


@pytest.mark.parametrize("first", range(len(PURCHASE)), ids=lambda first: PURCHASE[first].value)
def test_of_all_that_is_wrong_with_a_purchase_the_first_reason_is_given(first: int) -> None:
    assert outcome(set(PURCHASE[first:]), OrderKind.BUY_CASH) == PURCHASE[first]


@pytest.mark.parametrize("first", range(len(SALE)), ids=lambda first: SALE[first].value)
def test_of_all_that_is_wrong_with_a_sale_the_first_reason_is_given(first: int) -> None:
    assert outcome(set(SALE[first:]), OrderKind.SELL_SHARES) == SALE[first]


@pytest.mark.parametrize("first", range(len(STRANGER)), ids=lambda first: STRANGER[first].value)
def test_of_all_that_is_wrong_with_an_order_without_an_account_the_first_reason_is_given(first: int) -> None:
    assert outcome({*STRANGER[first:], R.INVALID_QUANTITY}, OrderKind.BUY_CASH, account=False) == STRANGER[first]


@pytest.mark.parametrize("kind", [OrderKind.BUY_CASH, OrderKind.SELL_SHARES])
def test_an_order_with_nothing_wrong_fills(kind: OrderKind) -> None:
    assert outcome(set(), kind) == "FILLED"


def test_the_chains_above_are_in_the_documented_order_and_name_every_reason() -> None:
    for chain in (PURCHASE, SALE, STRANGER):
        assert sorted(chain, key=IN_ORDER.index) == list(chain)
    assert {*PURCHASE, *SALE, *STRANGER} == set(Rejection)


def test_every_reason_has_a_sentence_and_the_event_carries_it() -> None:
    assert set(SENTENCES) == set(Rejection)
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, 0)
    rejected = market.close(*EVEN).outcome(order)
    assert isinstance(rejected, Rejected)
    assert rejected.detail == SENTENCES[R.INVALID_QUANTITY]


def largest(market: Market) -> int:
    """The largest order at genesis cash."""
    return 10**12 * market.settings.largest_order_bp // 10_000


def test_the_largest_order_is_for_all_of_a_players_orders_in_a_biome_and_tick_together() -> None:
    market = Market()
    market.open("ada", "bob", grant=10**13)
    room = largest(market)
    orders = [
        market.buy("ada", Biome.SNOW, room - 2 * MICRO),
        market.buy("ada", Biome.SNOW, 2 * MICRO + 1),
        market.buy("ada", Biome.SNOW, MICRO),
        market.sell("ada", Biome.SNOW, 10_000),
        market.sell("ada", Biome.SNOW, 1_000),
        market.buy("ada", Biome.OCEAN, room),
        market.buy("bob", Biome.SNOW, room),
    ]
    closed = market.close()
    codes = [closed.code(order) for order in orders]
    assert codes == [
        "FILLED",
        "ORDER_TOO_LARGE",
        "FILLED",
        "FILLED",
        "ORDER_TOO_LARGE",
        "FILLED",
        "FILLED",
    ]
    later = market.buy("ada", Biome.SNOW, room)
    assert market.close().code(later) == "FILLED"


@pytest.mark.parametrize(("ticks_held", "code"), [(0, "MINIMUM_HOLD"), (2, "MINIMUM_HOLD"), (3, "FILLED")])
def test_shares_are_held_for_the_minimum_number_of_ticks(ticks_held: int, code: str) -> None:
    market = Market(minimum_hold_ticks=3)
    market.open("ada")
    market.buy("ada", Biome.SNOW, 100 * MICRO)
    for _ in range(ticks_held):
        market.close(*EVEN)
    sale = market.sell("ada", Biome.SNOW, 1_000)
    assert market.close(*EVEN).code(sale) == code


def test_the_minimum_hold_is_for_each_biome_alone() -> None:
    market = Market(minimum_hold_ticks=3)
    market.open("ada")
    market.buy("ada", Biome.OCEAN, 100 * MICRO)
    for _ in range(3):
        market.close(*EVEN)
    market.buy("ada", Biome.SNOW, 100 * MICRO)
    sale = market.sell("ada", Biome.OCEAN, 1_000)
    assert market.close(*EVEN).code(sale) == "FILLED"


def test_attention_two_seconds_behind_fills_and_a_millisecond_more_does_not() -> None:
    for behind_ms, code in ((2_000, "FILLED"), (2_001, "ATTENTION_STALE")):
        market = Market()
        market.open("ada")
        order = market.buy("ada", Biome.SNOW, MICRO, placed_at=START + behind_ms)
        market.attend(*EVEN, reached=START)
        market.now += behind_ms
        closed = market.close_unheard(after_ms=0)
        assert closed.code(order) == code
        assert closed.tick.attention.behind_ms == behind_ms
        assert closed.tick.attention.stale == (code != "FILLED")
        assert closed.tick.markets[0].pooled != "0", "what arrived is dealt out all the same"


def test_while_a_shard_has_never_reported_nothing_fills() -> None:
    market = Market(attention_shards=2)
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO)
    closed = market.close(*EVEN)
    assert closed.code(order) == "ATTENTION_STALE"
    assert closed.tick.attention.behind_ms is None
    assert closed.tick.attention.shards[1] is None
    market.attend(shard=1)
    order = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close(*EVEN).code(order) == "FILLED"


def test_a_rejected_order_changes_nothing_but_what_is_remembered_of_it() -> None:
    market = Market()
    market.open("ada")
    before: Closed = market.close(*EVEN)
    order = market.buy("ada", Biome.SNOW, 10**12)
    after = market.close()
    assert after.code(order) == "ORDER_TOO_LARGE"
    unchanged = ("players_cash", "players_shares", "house_fees", "grants", "accounts")
    fields = [{name: getattr(tick.tick, name) for name in unchanged} for tick in (before, after)]
    assert fields[0] == fields[1]
    assert [msgspec.structs.asdict(m)["cash"] for m in after.tick.markets] == [m.cash for m in before.tick.markets]
