"""Where more ids come than are remembered, is anything decided twice (laws 8 and 11)?"""

from hypothesis import given
from hypothesis import strategies as st

from schemas.biomes import Biome
from schemas.messages.market_inputs import SetHalt
from schemas.units import MICRO
from streams.market.core.account import REFUSALS_REMEMBERED
from streams.market.core.remembered import LONGEST_DEADLINE_MS, Decided, Remembered
from streams.market.core.state import COMMANDS_REMEMBERED, STRANGERS_REMEMBERED
from streams.market.core.window import MOST_COMMANDS
from tests.does_it_keep_the_laws.market_log import EVEN, Market

AT_MOST = 4
decisions = st.lists(st.tuples(st.integers(0, 3_000), st.integers(-10_000, 10_000)), min_size=1, max_size=40)


@given(decisions)
def test_an_id_that_may_return_is_known_or_too_old_to_be_let_in(log: list[tuple[int, int]]) -> None:
    """For ids that could be decided at all: their own time within the deadline of the decision."""
    remembered, now = Remembered(), 100_000
    decided: list[Decided] = []
    for number, (step_ms, late_ms) in enumerate(log):
        now += step_ms
        decided.append(Decided(f"id-{number}", now - late_ms, now))
        remembered.remember(decided[-1], at_most=AT_MOST)
        assert len(remembered.ids) <= AT_MOST
        for one in decided:
            if one.may_return(now):
                assert remembered.knows(one.id) or remembered.may_be_forgotten(one.at)
        assert not remembered.may_be_forgotten(now + LONGEST_DEADLINE_MS + 1)


def test_the_oldest_that_cannot_return_is_forgotten_first_and_shuts_nobody_out() -> None:
    remembered = Remembered()
    ahead = Decided("ahead", 1_000_000, 0)
    for one in (ahead, Decided("gone", 0, 0), Decided("a", 50_000, 50_000), Decided("b", 50_000, 50_000)):
        remembered.remember(one, at_most=AT_MOST)
    remembered.remember(Decided("c", 50_000, 50_000), at_most=AT_MOST)
    assert [one.id for one in remembered.ids] == ["ahead", "a", "b", "c"]
    assert not remembered.may_be_forgotten(0)


def test_a_clock_far_ahead_shuts_nobody_out_for_longer_than_a_deadline() -> None:
    remembered = Remembered()
    for number in range(AT_MOST + 1):
        remembered.remember(Decided(f"id-{number}", 2**53, 50_000), at_most=AT_MOST)
    assert remembered.may_be_forgotten(50_000 + LONGEST_DEADLINE_MS)
    assert not remembered.may_be_forgotten(50_001 + LONGEST_DEADLINE_MS)


def test_of_a_flood_beyond_the_rate_a_forgotten_order_is_refused_again_once_the_rate_is_open() -> None:
    market = Market(orders_per_minute=1)
    market.open("ada")
    market.buy("ada", Biome.SNOW, MICRO)
    market.close(*EVEN)
    market.now += 58_000
    market.buy("ada", Biome.SNOW, MICRO)
    forgotten = market.records[-1].value
    for _ in range(REFUSALS_REMEMBERED):
        market.buy("ada", Biome.SNOW, MICRO)
    flooded = market.close(*EVEN)
    assert flooded.tick.orders.rejected == {"TOO_MANY_ORDERS": REFUSALS_REMEMBERED + 1}
    market.now += 2_000
    market.say(forgotten)
    honest = market.buy("ada", Biome.SNOW, MICRO)
    closed = market.close(*EVEN)
    assert closed.tick.orders.rejected == {"TOO_MANY_ORDERS": 1}
    assert closed.code(honest) == "FILLED"


def test_an_account_lets_no_order_in_that_it_may_have_decided_and_forgotten() -> None:
    """All the ids that an account remembers come from a clock ahead; one of them is forgotten while it may return."""
    market = Market()
    market.open("ada")
    market.close(*EVEN)
    for _ in range(60):
        market.buy("ada", Biome.SNOW, MICRO, placed_at=market.now + 200_000)
    market.close(*EVEN)
    market.now += 60_000
    for _ in range(5):
        market.buy("ada", Biome.SNOW, MICRO, placed_at=market.now + 200_000)
    market.close(*EVEN)
    order = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close(*EVEN).code(order) == "TOO_MANY_ORDERS"
    market.now += 10_000
    order = market.buy("ada", Biome.SNOW, MICRO)
    assert market.close(*EVEN).code(order) == "FILLED"


def test_of_a_flood_of_strangers_a_forgotten_order_does_not_fill_once_its_account_is_open() -> None:
    market = Market()
    market.buy("ada", Biome.SNOW, MICRO)
    forgotten = market.records[-1].value
    for _ in range(STRANGERS_REMEMBERED):
        market.buy("nobody", Biome.SNOW, MICRO)
    market.close(*EVEN)
    market.open("ada")
    market.say(forgotten)
    honest = market.buy("ada", Biome.SNOW, MICRO)
    closed = market.close(*EVEN)
    assert closed.tick.orders.rejected == {"TOO_MANY_ORDERS": 1}
    assert closed.code(honest) == "FILLED"


def test_of_a_flood_of_commands_a_forgotten_one_is_refused() -> None:
    market = Market()

    def halt(command_id: str) -> None:
        command = SetHalt(
            v=1, command_id=command_id, at=market.now, by="op", reason="why", biome=Biome.SNOW, halted=True
        )
        market.say(command)

    halt("first")
    forgotten = market.records[-1].value
    for number in range(COMMANDS_REMEMBERED):
        if (number + 1) % MOST_COMMANDS == 0:
            market.close(*EVEN)
        halt(f"command-{number}")
    market.close(*EVEN)
    market.say(forgotten)
    (receipt,) = market.close(*EVEN).tick.commands
    assert not receipt.applied
    assert "Too many commands" in (receipt.refusal or "")
