"""One price a tick, the same for all, that no trade of the tick moves (laws 5 and 6)?"""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_market_input, encode
from schemas.messages.fields import Message
from schemas.messages.market_inputs import MarketSettings, OrderKind, PlaceOrder
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import Filled, TradeEvent
from schemas.units import MICRO
from streams.durable.fold import Record
from streams.market.core.filling import Fill, FrozenMarket, fill
from tests.does_it_keep_the_laws.market_log import EVEN, Closed, Market, body_without, fold_all, read
from tests.does_it_keep_the_laws.scripts import Step, play, scripts

OPEN_HANDED = MarketSettings(largest_order_bp=10_000, smallest_buy=1)
"""Only what rounding does is in question: neither cap nor least order stands in the way."""

markets = st.builds(FrozenMarket, st.integers(10**6, 10**17), st.integers(10**6, 10**17)).filter(
    lambda market: market.cash * MICRO >= OPEN_HANDED.smallest_price * market.shares
)


@given(scripts, st.randoms(use_true_random=False))
def test_the_order_between_players_does_not_matter(script: list[Step], rng: random.Random) -> None:
    market, closed = play(script)
    _, commits = fold_all(shuffled_between_players(market.records, rng))
    for before, after in zip(closed, map(read, commits), strict=True):
        assert tick_body(after.tick) == tick_body(before.tick)
        assert by_player(after) == by_player(before)


def shuffled_between_players(records: list[Record], rng: random.Random) -> list[Record]:
    """The same log, where in each run of orders the players come in another interleaving, each in its own order."""
    values = [record.value for record in records]
    run: list[int] = []
    for index, record in enumerate(records):
        if isinstance(decode_market_input(record.value), PlaceOrder):
            run.append(index)
        else:
            _shuffle(values, run, rng)
            run = []
    return [record._replace(value=value) for record, value in zip(records, values, strict=True)]


def _shuffle(values: list[bytes | None], run: list[int], rng: random.Random) -> None:
    queues: dict[str, list[bytes | None]] = {}
    for index in run:
        order = decode_market_input(values[index])
        assert isinstance(order, PlaceOrder)
        queues.setdefault(order.player, []).append(values[index])
    turns = [player for player, queue in queues.items() for _ in queue]
    rng.shuffle(turns)
    for index, player in zip(run, turns, strict=True):
        values[index] = queues[player].pop(0)


def tick_body(tick: Message) -> dict[str, object]:
    return body_without(tick)


def by_player(closed: Closed) -> dict[str, list[dict[str, object]]]:
    """Each player's events, without the places in the log that the interleaving gave them."""
    events: dict[str, list[dict[str, object]]] = {}
    for event in closed.events:
        events.setdefault(event.player, []).append(body_without(event, "cause", "index"))
    return events


@given(scripts)
def test_all_orders_of_a_tick_fill_at_its_one_price(script: list[Step]) -> None:
    _, closed = play(script)
    for tick in closed:
        for market in tick.tick.markets:
            frozen = int(market.before) - int(market.pooled) + int(market.dealt)
            shares_before = int(market.shares) - int(market.shares_bought) + int(market.shares_sold)
            assert int(market.price) == frozen * MICRO // shares_before
            for event in fills(tick.events, market.biome):
                assert event.price == market.price
                assert_at_price(event, cash=frozen, shares=shares_before)


def fills(events: list[TradeEvent], biome: Biome) -> list[Filled]:
    return [event for event in events if isinstance(event, Filled) and event.order.biome is biome]


def assert_at_price(event: Filled, *, cash: int, shares: int) -> None:
    """The exact price, cash / shares, and less than one whole unit of rounding against the trader."""
    paid, got = int(event.cash) * shares, int(event.shares) * cash
    match event.order.kind:
        case OrderKind.BUY_CASH:
            assert 0 <= paid - got < cash
        case OrderKind.BUY_SHARES:
            assert 0 <= paid - got < shares
        case OrderKind.SELL_SHARES:
            assert 0 <= got - paid < shares


@given(markets, st.sampled_from(OrderKind), st.integers(1, 10**17), st.integers(0, 5_000))
def test_rounding_never_favours_the_trader(market: FrozenMarket, kind: OrderKind, quantity: int, fee_bp: int) -> None:
    settings = MarketSettings(largest_order_bp=10_000, smallest_buy=1, fee_bp=fee_bp)
    done = fill(order_for(kind, quantity), market, settings, already_traded=0)
    if isinstance(done, Fill):
        advantage = done.shares * market.cash - done.cash * market.shares
        assert advantage >= 0 if kind is OrderKind.SELL_SHARES else advantage <= 0
        assert 0 <= done.fee * 10_000 - done.cash * fee_bp < 10_000


@given(markets, st.sampled_from(OrderKind), st.integers(1, 10**17))
def test_a_trade_never_moves_the_price_beyond_rounding_and_never_against_the_holders(
    market: FrozenMarket, kind: OrderKind, quantity: int
) -> None:
    # A player's shares are always fewer than all: the treasury keeps its own.
    done = fill(order_for(kind, quantity), market, OPEN_HANDED, already_traded=0)
    if not isinstance(done, Fill) or (kind is OrderKind.SELL_SHARES and done.shares >= market.shares):
        return
    sign = -1 if kind is OrderKind.SELL_SHARES else 1
    cash, shares = market.cash + sign * done.cash, market.shares + sign * done.shares
    gain_of_holders = cash * market.shares - market.cash * shares
    whole_unit = market.cash if kind is OrderKind.BUY_CASH else market.shares
    assert 0 <= gain_of_holders < whole_unit


@given(markets, st.integers(1, 10**16))
def test_buying_and_selling_at_one_price_never_gains(market: FrozenMarket, amount: int) -> None:
    bought = fill(order_for(OrderKind.BUY_CASH, amount), market, OPEN_HANDED, already_traded=0)
    if isinstance(bought, Fill):
        sold = fill(order_for(OrderKind.SELL_SHARES, bought.shares), market, OPEN_HANDED, already_traded=0)
        proceeds = sold.cash - sold.fee if isinstance(sold, Fill) else 0
        assert proceeds <= bought.cash + bought.fee


def order_for(kind: OrderKind, quantity: int) -> PlaceOrder:
    return PlaceOrder(v=1, order_id="o", player="p", biome=Biome.OCEAN, kind=kind, quantity=quantity, placed_at=0)


def test_an_order_fills_at_the_price_after_the_redistribution_that_follows_it() -> None:
    market = Market()
    market.open("ada")
    market.close(*EVEN)
    before = market.close(*EVEN).tick.markets[BIOMES.index(Biome.SNOW)].price
    order = market.buy("ada", Biome.SNOW, 100 * MICRO)
    filled = market.close(0, 0, 0, 0, 0, 0, 1).outcome(order)
    assert isinstance(filled, Filled)
    assert before == "100000000"
    assert filled.price == "250000000"
    assert filled.shares == "400000"


def test_a_players_later_order_of_a_tick_sees_what_an_earlier_one_left() -> None:
    market = Market()
    market.open("ada", grant=204 * MICRO)
    first = market.buy("ada", Biome.SNOW, 100 * MICRO)
    sale = market.sell("ada", Biome.SNOW, 500_000)
    second = market.buy("ada", Biome.SNOW, 100 * MICRO)
    third = market.buy("ada", Biome.SNOW, 100 * MICRO)
    closed = market.close()
    codes = [closed.code(order) for order in (first, sale, second, third)]
    assert codes == ["FILLED", "FILLED", "FILLED", "INSUFFICIENT_FUNDS"]


def test_a_player_cannot_spend_in_a_tick_what_another_player_brought_in_it() -> None:
    market = Market()
    market.open("ada", "bob")
    market.buy("ada", Biome.SNOW, 5_000 * MICRO)
    order = market.sell("bob", Biome.SNOW, 1_000_000)
    assert market.close().code(order) == "INSUFFICIENT_SHARES"


def test_the_cash_of_a_trade_is_part_of_the_pot_from_the_next_tick_on() -> None:
    market = Market()
    market.open("ada")
    market.buy("ada", Biome.SNOW, 10_000 * MICRO // 2)
    snow = BIOMES.index(Biome.SNOW)
    bought = market.close().tick.markets[snow]
    pooled = market.close(*EVEN).tick.markets[snow].pooled
    assert int(pooled) == int(bought.cash) // 4


@pytest.mark.parametrize("field", ["tick", "closed_at", "biome", "price", "price_bdt", "cash", "shares", "attention"])
def test_a_price_row_says_what_the_ticks_receipt_says(field: str) -> None:
    market = Market()
    closed = market.close(1, 2, 3, 4, 5, 6, 7)
    assert [price.biome for price in closed.prices] == list(BIOMES)
    for price, receipt in zip(closed.prices, closed.tick.markets, strict=True):
        match field:
            case "tick" | "closed_at":
                assert getattr(price, field) == getattr(closed.tick, field)
            case "price_bdt":
                whole, decimals = price.price_bdt.split(".")
                assert int(whole + decimals.ljust(6, "0")) == int(receipt.price)
            case _:
                assert getattr(price, field) == getattr(receipt, field)
    assert isinstance(closed.tick, Tick)
    assert encode(closed.tick) == closed.commit.outputs[0].value
