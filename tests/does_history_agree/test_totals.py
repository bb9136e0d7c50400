"""A portfolio adds up to the last digit, whatever was traded."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from api.portfolio.models import Portfolio
from api.portfolio.reading import AccountRead, AccountRow, HoldingRow, portfolio_document
from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_tick, decode_trade_event
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO, parse_amount
from streams.durable.fold import Commit
from streams.history.core.accounts import Account
from tests.does_history_agree.written_market import GRANT, WrittenMarket

PLAYERS = ("ann", "bob")
trades = st.tuples(st.sampled_from(PLAYERS), st.sampled_from(BIOMES), st.booleans(), st.integers(1, 4_000 * MICRO))


def take(commit: Commit, accounts: dict[str, Account]) -> Tick:
    """What history does with a tick."""
    for output in commit.outputs:
        if output.topic == TRADE_EVENTS.name:
            event = decode_trade_event(output.value)
            accounts[event.player].apply(event)
    return next(decode_tick(output.value) for output in commit.outputs if output.topic == MARKET_TICKS.name)


def portfolio_of(account: Account, tick: Tick) -> Portfolio:
    markets = {market.biome: market for market in tick.markets}
    rows = [
        HoldingRow(
            biome,
            holding.shares,
            holding.cost_basis,
            holding.realized_gain,
            int(markets[biome].cash),
            int(markets[biome].shares),
        )
        for biome, holding in account.holdings.items()
    ]
    row = AccountRow(account.cash, account.frozen, account.realized_gain, account.fees_paid)
    return portfolio_document(AccountRead(tick.tick, row, rows), row)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(trades, max_size=5), min_size=1, max_size=8), st.data())
def test_a_portfolio_adds_up_to_the_last_digit(
    ticks: list[list[tuple[str, Biome, bool, int]]], data: st.DataObject
) -> None:
    market, accounts = WrittenMarket(), defaultdict[str, Account](Account)
    market.open(*PLAYERS)
    tick = take(market.close(), accounts)
    for orders in ticks:
        for player, biome, buys, amount in orders:
            if buys:
                market.buy(player, biome, amount)
            else:
                held = accounts[player].holdings.get(biome)
                market.sell(player, biome, min(amount, held.shares) if held and held.shares else amount)
        attention = data.draw(st.lists(st.integers(0, 5), min_size=7, max_size=7))
        tick = take(market.close(attention), accounts)
    for account in accounts.values():
        assert_adds_up(portfolio_of(account, tick))


def assert_adds_up(portfolio: Portfolio) -> None:
    def micro(name: str) -> int:
        return parse_amount(getattr(portfolio, name))

    def of_holdings(name: str) -> int:
        return sum(parse_amount(getattr(holding, name)) for holding in portfolio.holdings)

    assert micro("net_worth_bdt") == micro("cash_bdt") + micro("market_value_bdt")
    assert micro("unrealized_gain_bdt") == micro("market_value_bdt") - micro("cost_basis_bdt")
    for total in ("market_value_bdt", "cost_basis_bdt", "unrealized_gain_bdt", "realized_gain_bdt"):
        assert micro(total) == of_holdings(total), total
    assert micro("granted_bdt") == GRANT
    assert micro("net_worth_bdt") == GRANT + micro("realized_gain_bdt") + micro("unrealized_gain_bdt")
