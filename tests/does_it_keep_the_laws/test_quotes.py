"""A quote is what the order does, if nothing happens between them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.biomes import BIOME_INDEX, BIOMES
from schemas.decoding import decode_tick, decode_trade_event
from schemas.messages.market_inputs import OrderKind, PlaceOrder
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import Filled, Rejected
from schemas.rejections import Rejection
from schemas.topics import MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.durable.fold import Commit
from streams.market.core.account import Accounts
from streams.market.core.quoting import Known, Quote, quote, total
from tests.does_history_agree.written_market import WrittenMarket

NOTHING = (0,) * len(BIOMES)

amounts = st.one_of(
    st.integers(1, 50), st.integers(1, 12_000 * MICRO), st.sampled_from([MICRO - 1, MICRO, 100_000 * MICRO])
)
limits = st.none() | st.integers(1, 300 * MICRO) | st.just(100 * MICRO)


@st.composite
def orders(draw: st.DrawFn) -> PlaceOrder:
    kind = draw(st.sampled_from(OrderKind))
    return PlaceOrder(
        v=1,
        order_id="quoted",
        player="ann",
        biome=draw(st.sampled_from(BIOMES)),
        kind=kind,
        quantity=draw(amounts),
        limit=draw(limits),
        max_pay=draw(amounts) if kind is OrderKind.BUY_SHARES else None,
        placed_at=0,
    )


def tick_of(commit: Commit) -> Tick:
    return next(decode_tick(output.value) for output in commit.outputs if output.topic == MARKET_TICKS.name)


def outcome_of(commit: Commit, order_id: str) -> Filled | Rejected:
    events = [decode_trade_event(output.value) for output in commit.outputs if output.topic == TRADE_EVENTS.name]
    return next(event for event in events if isinstance(event, Filled | Rejected) and event.order.order_id == order_id)


def known(market: WrittenMarket, decided_at: tuple[int, ...] = ()) -> Known:
    account = Accounts(market.rows).find("ann")
    assert account is not None
    return Known(account.cash, tuple(account.holdings), account.frozen, None, decided_at)


def place(market: WrittenMarket, order: PlaceOrder) -> Filled | Rejected:
    """The order in the next tick, which redistributes nothing."""
    market._order(
        order.player,
        order.biome,
        order.kind,
        order.quantity,
        order_id=order.order_id,
        limit=order.limit,
        max_pay=order.max_pay,
    )
    return outcome_of(market.close(NOTHING), order.order_id)


def assert_same(order: PlaceOrder, quoted: Quote, outcome: Filled | Rejected) -> None:
    if isinstance(outcome, Rejected):
        assert quoted.rejection is outcome.code
        assert quoted.after is None
        return
    assert quoted.rejection is None
    assert quoted.fill is not None
    assert quoted.after is not None
    assert tuple(map(str, quoted.fill)) == (outcome.cash, outcome.shares, outcome.fee)
    assert str(quoted.price) == outcome.price
    assert str(quoted.after.cash) == outcome.account.cash
    assert str(quoted.after.shares) == outcome.account.holdings[BIOME_INDEX[order.biome]]


def assert_within_the_worst(order: PlaceOrder, quoted: Quote, outcome: Filled) -> None:
    sells = order.kind is OrderKind.SELL_SHARES
    moved = int(outcome.cash) - int(outcome.fee) if sells else int(outcome.cash) + int(outcome.fee)
    if quoted.worst.shares is not None:
        assert int(outcome.shares) >= quoted.worst.shares
    if quoted.worst.total is not None:
        assert moved >= quoted.worst.total if sells else moved <= quoted.worst.total


@settings(deadline=None)
@given(orders(), st.lists(st.integers(0, 9), min_size=7, max_size=7), st.sampled_from([0, 3_000 * MICRO]))
def test_a_quote_is_what_the_order_does_when_nothing_moves(
    order: PlaceOrder, attention: list[int], held_for: int
) -> None:
    market = WrittenMarket()
    market.open("ann")
    if held_for:
        market.buy("ann", order.biome, held_for)
    tick = tick_of(market.close(attention))
    quoted = quote(order, tick, known(market))
    outcome = place(market, order)
    assert_same(order, quoted, outcome)
    if isinstance(outcome, Filled):
        assert_within_the_worst(order, quoted, outcome)


@settings(deadline=None)
@given(orders(), st.lists(st.integers(0, 9), min_size=7, max_size=7))
def test_however_the_price_moves_a_fill_is_within_the_worst_case(order: PlaceOrder, attention: list[int]) -> None:
    market = WrittenMarket()
    market.open("ann")
    market.buy("ann", order.biome, 3_000 * MICRO)
    quoted = quote(order, tick_of(market.close()), known(market))
    market._order(
        "ann", order.biome, order.kind, order.quantity, order_id="moved", limit=order.limit, max_pay=order.max_pay
    )
    outcome = outcome_of(market.close(attention), "moved")
    if isinstance(outcome, Filled):
        assert_within_the_worst(order, quoted, outcome)


def buy(micro_bdt: int, *, limit: int | None = None) -> PlaceOrder:
    return PlaceOrder(
        v=1,
        order_id="quoted",
        player="ann",
        biome=BIOMES[0],
        kind=OrderKind.BUY_CASH,
        quantity=micro_bdt,
        limit=limit,
        placed_at=0,
    )


def test_without_a_limit_what_a_buy_gets_has_no_worst_case_and_what_it_pays_has() -> None:
    market = WrittenMarket()
    market.open("ann")
    tick = tick_of(market.close())
    assert quote(buy(100 * MICRO), tick, known(market)).worst == (None, 102 * MICRO)
    assert quote(buy(100 * MICRO, limit=200 * MICRO), tick, known(market)).worst == (MICRO // 2, 102 * MICRO)


def test_a_quote_of_what_one_cannot_afford_says_what_it_would_cost_and_why_not() -> None:
    market = WrittenMarket()
    market.open("ann")
    order = buy(20_000 * MICRO)
    quoted = quote(order, tick_of(market.close()), known(market))
    assert quoted.rejection is Rejection.INSUFFICIENT_FUNDS
    assert quoted.fill is not None
    assert total(order, quoted.fill) == 20_400 * MICRO


def test_orders_of_the_last_minute_count_in_a_quote() -> None:
    market = WrittenMarket()
    market.open("ann")
    tick = tick_of(market.close())
    most = tick.settings.orders_per_minute
    within = quote(buy(MICRO), tick, known(market, (tick.closed_at,) * (most - 1)))
    assert within.rejection is None
    above = quote(buy(MICRO), tick, known(market, (tick.closed_at,) * most))
    assert above.rejection is Rejection.TOO_MANY_ORDERS
