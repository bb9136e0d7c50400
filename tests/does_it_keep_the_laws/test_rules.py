"""Can the rules change while the market runs, and is a log still folded by the rules by which it was first folded?"""

from collections.abc import Iterator

import msgspec
import pytest

from schemas.biomes import Biome
from schemas.messages.market_inputs import ChangeSettings
from schemas.messages.trade_events import Filled
from schemas.units import MICRO, ceil_div
from streams.durable.fold import CannotFoldError
from streams.durable.rows import Rows
from streams.market.core import MarketFold
from streams.market.core.rules import RULES
from tests.does_it_keep_the_laws.market_log import Closed, Market, bytes_of, fold_all
from tests.rehearsal_rules import REHEARSED, rehearse

COST = 100 * MICRO


@pytest.fixture
def rehearsed() -> Iterator[None]:
    rehearse()
    yield
    del RULES[REHEARSED]


def switch(market: Market, version: int) -> None:
    market.say(
        ChangeSettings(
            v=1,
            command_id=f"switch-to-{version}-at-{market.now}",
            at=market.now,
            by="an operator",
            reason="a test",
            settings=msgspec.structs.replace(market.settings, rules=version),
        )
    )


def fee_of(closed: Closed, order: str) -> int:
    outcome = closed.outcome(order)
    assert isinstance(outcome, Filled)
    return int(outcome.fee)


def bought(market: Market) -> int:
    order = market.buy("ada", Biome.SNOW, COST, client_order_id="mine")
    return fee_of(market.close(), order)


@pytest.mark.usefixtures("rehearsed")
def test_a_switch_decides_its_own_tick_and_decodes_what_comes_after_it() -> None:
    market = Market()
    market.open("ada")
    assert bought(market) == ceil_div(COST * 200, 10_000)

    switch(market, REHEARSED)
    without = market.buy("ada", Biome.SNOW, COST)
    assert fee_of(market.close(), without) == ceil_div(COST * 201, 10_000), (
        "decided by the new rules, decoded by the old"
    )

    market.buy("ada", Biome.SNOW, COST)
    closed = market.close()
    assert not closed.events
    assert len(closed.dead_letters) == 1
    assert bought(market) == ceil_div(COST * 201, 10_000)

    switch(market, 1)
    assert bought(market) == ceil_div(COST * 200, 10_000)


@pytest.mark.usefixtures("rehearsed")
def test_a_log_with_a_switch_is_folded_again_to_the_same_bytes_from_any_tick() -> None:
    market = Market()
    market.open("ada")
    rows: list[dict[bytes, bytes]] = []
    position: list[int] = []
    published: list[Closed] = []
    for version in (1, REHEARSED, REHEARSED, 1):
        switch(market, version)
        market.buy("ada", Biome.SNOW, COST, client_order_id="mine")
        rows.append(dict(market.rows.items()))
        position.append(published[-1].commit.next_offset if published else 0)
        published.append(market.close())
    for begin in range(len(published)):
        _, commits = fold_all(market.records[position[begin] :], Rows(rows[begin]))
        assert [bytes_of(commit) for commit in commits] == [bytes_of(closed.commit) for closed in published[begin:]]


def test_a_switch_to_rules_that_this_code_does_not_know_stops_the_fold_with_what_to_do() -> None:
    market = Market()
    market.close()
    switch(market, REHEARSED)
    with pytest.raises(CannotFoldError, match=r"version 2 .* knows 1 to 1\. Run the newer code"):
        market.close()


@pytest.mark.usefixtures("rehearsed")
def test_a_state_by_rules_that_this_code_does_not_know_is_not_opened() -> None:
    market = Market()
    switch(market, REHEARSED)
    market.close()
    del RULES[REHEARSED]
    with pytest.raises(CannotFoldError, match="version 2"):
        MarketFold(market.rows)
    rehearse()


def test_a_version_cannot_be_skipped_so_a_slip_of_the_pen_stops_nothing() -> None:
    market = Market()
    switch(market, 20)
    (receipt,) = market.close().tick.commands
    assert not receipt.applied
    assert "the next one" in (receipt.refusal or "")
