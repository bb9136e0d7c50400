"""Does every order have exactly one outcome, whatever is re-sent, and every command one effect (laws 8, 9 and 11)?"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.biomes import Biome
from schemas.decoding import decode_market_input
from schemas.messages.market_inputs import (
    ChangeSettings,
    Genesis,
    GrantCash,
    MarketSettings,
    OpenAccount,
    OrderKind,
    PlaceOrder,
    SetFreeze,
    SetHalt,
)
from schemas.messages.trade_events import Filled, Frozen, Granted, Opened, Rejected
from schemas.units import MICRO
from streams.market.core.window import MOST_COMMANDS
from tests.does_it_keep_the_laws.auditor import Auditor
from tests.does_it_keep_the_laws.market_log import EVEN, GRANT, WINDOW_MS, Closed, Market, fold_all, read
from tests.does_it_keep_the_laws.scripts import PLAYERS_WITH_ACCOUNTS, Step, play, scripts


@given(scripts)
def test_every_order_that_a_tick_took_in_has_an_outcome_and_only_a_duplicate_has_none(script: list[Step]) -> None:
    market, closed = play(script)
    for tick in closed:
        folded = market.records[tick.tick.inputs.first : tick.tick.inputs.last + 1]
        placed = sum(isinstance(decode_market_input(record.value), PlaceOrder) for record in folded)
        counts = tick.tick.orders
        outcomes = sum(isinstance(event, Filled | Rejected) for event in tick.events)
        assert counts.filled + sum(counts.rejected.values()) == outcomes
        assert outcomes + counts.duplicates == placed
        given_codes = Counter(event.code.value for event in tick.events if isinstance(event, Rejected))
        assert counts.rejected == given_codes


@given(scripts)
def test_no_order_has_two_outcomes_while_its_account_remembers_it(script: list[Step]) -> None:
    # A script has fewer orders than an account remembers, so not even one that is long past its deadline is told twice.
    market, closed = play(script)
    auditor = Auditor()
    for tick in closed:
        auditor.audit(tick)
    for record in market.records:
        message = decode_market_input(record.value)
        if isinstance(message, PlaceOrder) and message.player in PLAYERS_WITH_ACCOUNTS:
            assert auditor.outcomes[message.order_id] == 1


@given(scripts)
def test_sending_orders_again_changes_no_balance(script: list[Step]) -> None:
    market, closed = play(script)
    _, commits = fold_all(without_repeats(market))
    plain = [read(commit) for commit in commits]
    for once, again in zip(plain, closed, strict=True):
        assert again.tick.players_cash == once.tick.players_cash
        assert again.tick.players_shares == once.tick.players_shares
        assert [market.cash for market in again.tick.markets] == [market.cash for market in once.tick.markets]


def without_repeats(market: Market) -> list[Any]:
    """The log where every order but the first of its id says nothing any more."""
    seen: set[str] = set()
    records = []
    for record in market.records:
        message = decode_market_input(record.value)
        if isinstance(message, PlaceOrder):
            if message.order_id in seen:
                records.append(record._replace(value=b""))
                continue
            seen.add(message.order_id)
        records.append(record)
    return records


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 75)), min_size=3, max_size=9), st.data())
def test_no_flood_of_orders_and_repeats_makes_one_take_effect_after_its_outcome(
    bursts: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Bursts beyond the rate and beyond what an account remembers, each followed by repeats of anything before."""
    market = Market()
    market.open("ada")
    market.close(*EVEN)
    sent: list[PlaceOrder] = []
    outcomes: Counter[str] = Counter()
    effects: Counter[str] = Counter()
    for early, size in bursts:
        for _ in range(size):
            market.buy("ada", Biome.SNOW, MICRO, placed_at=market.now - early * 20)
            order = decode_market_input(market.records[-1].value)
            assert isinstance(order, PlaceOrder)
            sent.append(order)
        for again in data.draw(st.lists(st.sampled_from(sent), max_size=8)):
            market.say(again)
        closed = market.close(*EVEN, after_ms=data.draw(st.sampled_from((500, 3_000, 9_000, 30_000))))
        for event in closed.events:
            if isinstance(event, Filled):
                assert outcomes[event.order.order_id] == 0
                effects[event.order.order_id] += 1
            if isinstance(event, Filled | Rejected):
                outcomes[event.order.order_id] += 1
    assert set(outcomes) == {order.order_id for order in sent}
    assert set(effects.values()) <= {1}


def test_a_repeat_in_the_same_tick_or_a_later_one_is_a_duplicate_and_no_event() -> None:
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO)
    message = market.records[-1].value
    market.say(message)
    closed = market.close(*EVEN)
    assert closed.code(order) == "FILLED"
    assert closed.tick.orders.duplicates == 1
    market.say(message)
    later = market.close(*EVEN)
    assert later.tick.orders.duplicates == 1
    assert later.events == []


def test_an_order_that_was_refused_for_the_rate_never_fills_later() -> None:
    market = Market(orders_per_minute=2)
    market.open("ada")
    orders = [market.buy("ada", Biome.SNOW, MICRO) for _ in range(3)]
    message = market.records[-1].value
    closed = market.close(*EVEN)
    assert [closed.code(order) for order in orders] == ["FILLED", "FILLED", "TOO_MANY_ORDERS"]
    market.say(message)
    assert market.close(*EVEN).tick.orders.duplicates == 1


def test_the_rate_is_by_the_minute_and_then_open_again() -> None:
    market = Market(orders_per_minute=2)
    market.open("ada")
    first = [market.buy("ada", Biome.SNOW, MICRO) for _ in range(2)]
    closed = market.close(*EVEN)
    assert [closed.code(order) for order in first] == ["FILLED", "FILLED"]
    early = market.buy("ada", Biome.SNOW, MICRO, placed_at=market.now + 59_500)
    assert market.close(*EVEN, after_ms=59_500).code(early) == "TOO_MANY_ORDERS"
    late = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close(*EVEN).code(late) == "FILLED"


def test_rejected_orders_count_against_the_rate() -> None:
    market = Market(orders_per_minute=2)
    market.open("ada")
    for _ in range(2):
        market.buy("ada", Biome.SNOW, 0)
    order = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close(*EVEN).code(order) == "TOO_MANY_ORDERS"


def test_an_order_that_came_before_its_account_was_refused_and_never_fills() -> None:
    market = Market()
    order = market.buy("ada", Biome.SNOW, MICRO)
    message = market.records[-1].value
    closed = market.close(*EVEN)
    assert closed.code(order) == "NO_ACCOUNT"
    assert closed.outcome(order).account is None
    market.open("ada")
    market.say(message)
    later = market.close(*EVEN)
    assert [type(event) for event in later.events] == [Opened]
    assert later.tick.orders.duplicates == 1


def test_an_account_is_opened_once_and_its_first_grant_counts() -> None:
    market = Market()
    market.open("ada", grant=GRANT)
    market.open("ada", grant=2 * GRANT)
    closed = market.close(*EVEN)
    market.open("ada", grant=3 * GRANT)
    later = market.close(*EVEN)
    assert [type(event) for event in closed.events + later.events] == [Opened]
    assert later.tick.players_cash == later.tick.grants == str(GRANT)


def test_an_order_of_a_tick_fills_with_the_account_that_the_same_tick_opened() -> None:
    market = Market()
    order = market.buy("ada", Biome.SNOW, MICRO)
    market.open("ada")
    closed = market.close(*EVEN)
    assert closed.code(order) == "FILLED"
    assert [type(event) for event in closed.events] == [Filled, Opened]


def test_an_event_shows_the_account_after_the_whole_tick() -> None:
    market = Market()
    market.open("ada")
    market.buy("ada", Biome.SNOW, 100 * MICRO)
    market.buy("ada", Biome.SNOW, 100 * MICRO)
    accounts = [event.account for event in market.close(*EVEN).events]
    assert len(accounts) == 3
    assert accounts.count(accounts[0]) == 3


@pytest.mark.parametrize("late_ms", [10_000, -10_000])
def test_an_order_at_its_deadline_is_still_decided(late_ms: int) -> None:
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO, placed_at=market.now + WINDOW_MS - late_ms)
    assert market.close(*EVEN).code(order) == "FILLED"


@pytest.mark.parametrize("late_ms", [10_001, -10_001])
def test_an_order_past_its_deadline_is_rejected(late_ms: int) -> None:
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO, placed_at=market.now + WINDOW_MS - late_ms)
    assert market.close(*EVEN).code(order) == "EXPIRED"


def test_after_an_outage_one_tick_covers_all_the_windows_and_what_waited_too_long_is_rejected() -> None:
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO)
    closed = market.close(*EVEN, after_ms=60_000)
    assert closed.tick.windows == 120
    assert closed.code(order) == "EXPIRED"


@pytest.mark.parametrize(("elapsed_ms", "windows"), [(250, 1), (749, 1), (750, 2), (1_249, 2), (1_250, 3)])
def test_windows_are_counted_to_the_nearest(elapsed_ms: int, windows: int) -> None:
    assert Market().close(after_ms=elapsed_ms).tick.windows == windows


def test_a_mark_before_half_a_window_or_for_another_tick_is_ignored() -> None:
    market = Market()
    market.now += WINDOW_MS // 2 - 1
    assert market.mark() is None
    market.now += 1
    assert market.mark(tick=0) is None
    assert market.mark(tick=2) is None
    assert market.mark(tick=1) is not None
    assert market.mark(tick=1) is None
    assert market.mark(tick=2) is None


def test_log_time_never_steps_back() -> None:
    market = Market()
    market.now += 10_000
    latest = market.now
    market.attend()
    market.now -= 9_000
    commit = market.mark()
    assert commit is not None
    assert read(commit).tick.closed_at == latest
    market.now = latest + WINDOW_MS // 2 - 1
    assert market.mark() is None


def test_before_genesis_marks_do_nothing_and_the_rest_waits_for_the_first_tick() -> None:
    market = Market(genesis=False)
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO)
    market.attend(1_000)
    market.say(b"rubbish")
    market.now += 5_000
    assert market.mark() is None
    market.say(Genesis(v=1, settings=market.settings))
    closed = market.close(*EVEN)
    assert closed.code(order) == "FILLED"
    assert closed.tick.inputs.first == 0
    assert closed.tick.windows == 1
    assert closed.tick.dead_letters == 1


def test_a_second_genesis_changes_nothing() -> None:
    market = Market()
    market.close(*EVEN)
    market.say(Genesis(v=1, settings=MarketSettings(fee_bp=5_000), cash=10**6, treasury=10**6))
    tick = market.close(*EVEN).tick
    assert tick.settings == market.settings
    assert tick.genesis_cash == str(7 * 10**12)


def command(market: Market, kind: type[Any], *, command_id: str = "c1", **fields: Any) -> Any:
    """An admin command, given now."""
    return kind(**({"v": 1, "command_id": command_id, "at": market.now, "by": "op", "reason": "why"} | fields))


def test_a_command_sent_twice_happens_once() -> None:
    market = Market()
    market.open("ada")
    grant = command(market, GrantCash, player="ada", amount=5 * MICRO)
    market.say(grant)
    market.say(grant)
    first = market.close(*EVEN)
    market.say(grant)
    second = market.close(*EVEN)
    assert [type(event) for event in first.events] == [Opened, Granted]
    assert [receipt.applied for receipt in first.tick.commands] == [True]
    assert second.tick.commands == []
    assert second.tick.grants == str(GRANT + 5 * MICRO)


def test_a_command_past_its_deadline_is_refused_and_says_so() -> None:
    market = Market()
    market.say(command(market, SetHalt, biome=None, halted=True))
    tick = market.close(*EVEN, after_ms=10_001).tick
    assert not tick.halted
    assert [(receipt.command, receipt.applied) for receipt in tick.commands] == [("set_halt", False)]
    assert "too far" in (tick.commands[0].refusal or "")


@pytest.mark.parametrize("kind", [GrantCash, SetFreeze])
def test_a_command_for_a_player_without_an_account_is_refused(kind: type[Any]) -> None:
    market = Market()
    what = {"amount": 1} if kind is GrantCash else {"frozen": True}
    market.say(command(market, kind, player="nobody", **what))
    closed = market.close(*EVEN)
    assert closed.tick.commands[0].refusal == "The player has no account."
    assert closed.events == []


def test_new_settings_hold_for_the_tick_that_takes_them_in() -> None:
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, 100 * MICRO)
    market.say(command(market, ChangeSettings, settings=MarketSettings(attention_shards=1, fee_bp=0, pool_bp=5_000)))
    closed = market.close(*EVEN)
    filled = closed.outcome(order)
    assert isinstance(filled, Filled)
    assert filled.fee == "0"
    assert closed.tick.settings.fee_bp == 0
    assert closed.tick.markets[0].pooled == str(5 * 10**11)


def test_attention_shards_cannot_change() -> None:
    market = Market(attention_shards=2)
    market.say(command(market, ChangeSettings, settings=MarketSettings(attention_shards=1)))
    market.say(command(market, ChangeSettings, command_id="c2", settings=MarketSettings(attention_shards=3)))
    tick = market.close().tick
    assert [receipt.applied for receipt in tick.commands] == [False, False]
    assert len(tick.attention.shards) == 2


def test_a_freeze_holds_for_all_orders_of_its_tick_and_a_thaw_ends_it() -> None:
    market = Market()
    market.open("ada")
    order = market.buy("ada", Biome.SNOW, MICRO)
    market.say(command(market, SetFreeze, player="ada", frozen=True))
    frozen = market.close(*EVEN)
    assert frozen.code(order) == "ACCOUNT_FROZEN"
    assert isinstance(frozen.events[-1], Frozen)
    assert frozen.events[-1].account.frozen
    market.say(command(market, SetFreeze, command_id="c2", player="ada", frozen=False))
    order = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close(*EVEN).code(order) == "FILLED"


def test_commands_beyond_what_a_tick_takes_are_dead_letters_and_may_be_given_again() -> None:
    market = Market()
    for number in range(MOST_COMMANDS + 1):
        market.say(command(market, SetHalt, command_id=f"c{number}", biome=Biome.SNOW, halted=True))
    message = market.records[-1].value
    closed = market.close(*EVEN)
    assert len(closed.tick.commands) == MOST_COMMANDS
    assert [letter.reason.value for letter in closed.dead_letters] == ["INVALID"]
    market.say(message)
    assert [receipt.applied for receipt in market.close(*EVEN).tick.commands] == [True]


def codes_of(closed: Closed) -> list[str]:
    return [closed.code(event.order.order_id) for event in closed.events if isinstance(event, Filled | Rejected)]


def test_a_halted_biome_neither_pays_nor_receives_and_rejects_while_the_others_go_on() -> None:
    market = Market()
    market.open("ada")
    market.close(*EVEN)
    market.say(command(market, SetHalt, biome=Biome.OCEAN, halted=True))
    market.buy("ada", Biome.OCEAN, MICRO)
    market.buy("ada", Biome.SNOW, MICRO)
    closed = market.close(50, 0, 0, 0, 0, 0, 1)
    ocean = closed.tick.markets[0]
    assert codes_of(closed) == ["HALTED", "FILLED"]
    assert (ocean.halted, ocean.pooled, ocean.dealt, ocean.attention) == (True, "0", "0", 0)
    assert closed.tick.markets[6].dealt == str(6 * 250_000 * MICRO)
    assert closed.tick.attention.discarded == {"halted": 50}


def test_a_halted_market_still_ticks_moves_nothing_and_rejects() -> None:
    market = Market()
    market.open("ada")
    market.close(*EVEN)
    market.say(command(market, SetHalt, biome=None, halted=True))
    market.buy("ada", Biome.SNOW, MICRO)
    closed = market.close(9, 0, 0, 0, 0, 0, 1)
    assert codes_of(closed) == ["HALTED"]
    assert closed.tick.halted
    assert {market.pooled for market in closed.tick.markets} == {"0"}
    assert closed.tick.attention.taken == 0
    market.say(command(market, SetHalt, command_id="c2", biome=None, halted=False))
    market.buy("ada", Biome.SNOW, MICRO)
    assert codes_of(market.close(*EVEN)) == ["FILLED"]


def test_what_cannot_be_understood_leaves_with_the_tick_and_the_next_message_works() -> None:
    market = Market()
    market.say(b'{"v":1,"type":"place_order","quantity":NaN}')
    market.open("ada")
    closed = market.close(*EVEN)
    assert [type(event) for event in closed.events] == [Opened]
    (letter,) = closed.dead_letters
    assert (letter.topic, letter.partition, letter.offset, letter.reason.value) == ("market.inputs", 0, 1, "NOT_JSON")


def test_grants_beyond_what_amounts_have_room_for_are_refused() -> None:
    market = Market()
    market.open("ada")
    market.say(OpenAccount(v=1, player="bob", grant=10**17))
    for number in range(90):
        market.say(command(market, GrantCash, command_id=f"c{number}", player="ada", amount=10**15))
    closed = market.close(*EVEN)
    assert [letter.reason.value for letter in closed.dead_letters] == ["INVALID"]
    assert sum(receipt.applied for receipt in closed.tick.commands) == 89
    assert closed.tick.accounts == 1


REACHED = {
    "a purchase": lambda tick: any(
        isinstance(e, Filled) and e.order.kind is not OrderKind.SELL_SHARES for e in tick.events
    ),
    "a sale": lambda tick: any(isinstance(e, Filled) and e.order.kind is OrderKind.SELL_SHARES for e in tick.events),
    "a duplicate": lambda tick: tick.tick.orders.duplicates > 0,
    "a second account's fill": lambda tick: len({e.player for e in tick.events if isinstance(e, Filled)}) > 1,
    "a halted biome": lambda tick: any(market.halted for market in tick.tick.markets),
    "a frozen account": lambda tick: any(isinstance(e, Frozen) for e in tick.events),
    "a command refused": lambda tick: any(not receipt.applied for receipt in tick.tick.commands),
    "stale attention": lambda tick: tick.tick.attention.stale,
    "a dead letter": lambda tick: tick.tick.dead_letters > 0,
}


def test_the_random_logs_of_these_properties_reach_what_they_are_about() -> None:
    """A property is worth what its generator reaches. Always the same logs, so that it does not fail by chance."""
    reached: Counter[str] = Counter()

    @settings(derandomize=True, max_examples=60, phases=[Phase.generate], database=None)
    @given(scripts)
    def collect(script: list[Step]) -> None:
        closed = play(script)[1][1:]
        reached.update(what for what, seen in REACHED.items() if any(map(seen, closed)))

    collect()
    assert {what for what in REACHED if reached[what] < 3} == set()
