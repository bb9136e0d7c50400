"""Fees, costs and gains that the audit tells from the orders alone, held against what history adds up from the events."""

from ops.audit.books import outcome_of
from ops.audit.gains import Gains
from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_trade_event
from schemas.messages.trade_events import Filled, Rejected
from schemas.units import MICRO
from streams.history.core.accounts import Account
from tests.are_the_books_exact.test_market_audit import published
from tests.does_history_agree.written_market import WrittenMarket


def test_fees_costs_and_gains_are_those_of_history() -> None:
    market, gains, account = WrittenMarket(), Gains(), Account()
    market.open("ann")
    for number in range(12):
        market.buy("ann", BIOMES[number % 3], (number + 1) * MICRO)
        market.sell("ann", BIOMES[number % 2], (number + 1) * 1_234)
        for _, value in published(market.close((number, 5, 0, 0, 1, 2, 3))).events:
            event = decode_trade_event(value or b"")
            account.apply(event)
            if isinstance(event, Filled | Rejected):
                gains.take(outcome_of(event))
    accounts = {"ann": (account.fees_paid, account.realized_gain)}
    holdings = {("ann", biome.value): (held.cost_basis, held.realized_gain) for biome, held in account.holdings.items()}
    assert account.realized_gain != 0
    assert gains.differing(accounts, holdings) == []

    assert gains.differing(accounts | {"bob": (1, 0)}, holdings) == ["bob"]
    assert gains.differing({}, holdings) == ["ann"]
    assert gains.differing(accounts, holdings | {("ann", Biome.OCEAN.value): (0, 0)}) == ["ann"]
