"""The laws as assertions, left on: a tick that breaks one is never published, and the process ends.

They raise by themselves instead of using ``assert``, which ``python -O`` would leave out.
"""

from collections.abc import Iterable, Sequence

from schemas.units import MicroBdt, MicroShares
from streams.market.core.account import Account
from streams.market.core.deciding import Decisions
from streams.market.core.redistribution import Redistribution
from streams.market.core.state import MarketState


def assert_laws(state: MarketState, touched: Iterable[Account]) -> None:
    """Laws 1, 2 and 3 on the state after a tick."""
    cash = state.players_cash + sum(state.cash) + state.house_fees
    _hold(cash == state.genesis_cash + state.grants, "Law 1: cash was made or lost.")
    for treasury, players, shares in zip(state.treasury, state.players_shares, state.shares, strict=True):
        _hold(treasury + players == shares, "Law 2: shares were made or lost.")
        _hold(min(treasury, players) >= 0, "Law 3: a number of shares is negative.")
    _hold(min(*state.cash, state.players_cash, state.house_fees) >= 0, "Law 3: a balance is negative.")
    for account in touched:
        _hold(min(account.cash, *account.holdings) >= 0, "Law 3: an account is negative.")


def assert_receipts(
    state: MarketState,
    moved: Redistribution,
    decisions: Decisions,
    *,
    cash_before: Sequence[MicroBdt],
    shares_before: Sequence[MicroShares],
) -> None:
    """Law 4, and that each biome's receipt adds up."""
    _hold(sum(moved.pooled) == sum(moved.dealt), "Law 4: what was dealt is not what was pooled.")
    for biome, before in enumerate(cash_before):
        redistributed = before - moved.pooled[biome] + moved.dealt[biome]
        cash = redistributed + decisions.bought[biome] - decisions.sold[biome]
        _hold(cash == state.cash[biome], "The receipt of a biome's cash does not add up.")
        shares = shares_before[biome] + decisions.shares_bought[biome] - decisions.shares_sold[biome]
        _hold(shares == state.shares[biome], "The receipt of a biome's shares does not add up.")


def _hold(condition: bool, law: str) -> None:  # noqa: FBT001 -- reads as an assertion
    if not condition:
        raise AssertionError(law)
