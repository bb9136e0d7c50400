"""The orders of one tick: each is decided at the frozen markets, against its own player's balances and nobody else's.

So the order between players does not matter, and a player's own orders are taken as they were sent (law 5).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.biomes import BIOME_INDEX, BIOMES
from schemas.messages.fields import PlayerId
from schemas.messages.market_inputs import MarketSettings, OrderKind, PlaceOrder
from schemas.rejections import Rejection
from schemas.units import MicroBdt, Millis
from streams.market.core.account import NEVER, ORDERS_REMEMBERED, REFUSALS_REMEMBERED, Account, Accounts
from streams.market.core.filling import Fill, FrozenMarket
from streams.market.core.happened import Decision, Happened
from streams.market.core.remembered import Decided, Remembered
from streams.market.core.rules import Rules
from streams.market.core.state import STRANGERS_REMEMBERED

MINUTE_MS: Final = 60_000


class Conditions(NamedTuple):
    """What all orders of a tick have in common."""

    tick: int
    closed_at: Millis
    settings: MarketSettings
    rules: Rules
    markets: Sequence[FrozenMarket]
    stopped: Sequence[bool]
    stale: bool


class Decisions:
    """Decides orders, one after the other, and adds up what they moved."""

    def __init__(self, conditions: Conditions, accounts: Accounts, strangers: Remembered) -> None:
        self._conditions = conditions
        self._accounts = accounts
        self._strangers = strangers
        self._traded: Counter[tuple[PlayerId, int]] = Counter()
        """Micro-BDT that a player's fills in a biome have moved so far in this tick."""
        self.happened: list[Happened] = []
        self.rejected: Counter[Rejection] = Counter()
        self.duplicates = 0
        self.fees: MicroBdt = 0
        self.bought = [0] * len(BIOMES)
        self.sold = [0] * len(BIOMES)
        self.shares_bought = [0] * len(BIOMES)
        self.shares_sold = [0] * len(BIOMES)
        strangers.forget_what_cannot_return(conditions.closed_at)

    @property
    def filled(self) -> int:
        """How many orders filled."""
        return len(self.happened) - self.rejected.total()

    def decide(self, order: PlaceOrder, *, cause: int) -> None:
        """Give the order its one outcome, unless it had one: then nothing happens (law 8)."""
        account = self._accounts.find(order.player)
        if self._is_known(order, account):
            self.duplicates += 1
            return
        within_rate = self._remember(order, account)
        outcome = self._outcome(order, account, within_rate=within_rate)
        if isinstance(outcome, Fill):
            self._move(order, outcome, account)
        else:
            self.rejected[outcome] += 1
        self.happened.append(Happened(cause, order.player, Decision(order, outcome)))

    def _is_known(self, order: PlaceOrder, account: Account | None) -> bool:
        if self._strangers.knows(order.order_id):
            return True
        return account is not None and (
            account.decided.knows(order.order_id) or account.over_rate.knows(order.order_id)
        )

    def _remember(self, order: PlaceOrder, account: Account | None) -> bool:
        """Remember the order whatever becomes of it. True when it was within the player's rate."""
        now = self._conditions.closed_at
        decided = Decided(order.order_id, order.placed_at, now)
        if account is None:
            self._strangers.remember(decided, at_most=STRANGERS_REMEMBERED)
            return True
        within_rate = (
            account.decided.count_after(now - MINUTE_MS) < self._conditions.settings.orders_per_minute
            and not account.decided.may_be_forgotten(order.placed_at)
            and not account.over_rate.may_be_forgotten(order.placed_at)
        )
        if within_rate:
            account.decided.remember(decided, at_most=ORDERS_REMEMBERED)
        else:
            account.over_rate.remember(decided, at_most=REFUSALS_REMEMBERED)
        return within_rate

    def _outcome(self, order: PlaceOrder, account: Account | None, *, within_rate: bool) -> Fill | Rejection:
        """The fill, or the first reason that applies, in the order of ``schemas.rejections``."""
        refusal = self._refusal_of_the_tick(order)
        if refusal is not None:
            return refusal
        if account is None:
            return Rejection.NO_ACCOUNT
        refusal = self._refusal_of_the_account(order, account, within_rate=within_rate)
        if refusal is not None:
            return refusal
        biome = BIOME_INDEX[order.biome]
        conditions = self._conditions
        outcome = conditions.rules.fill(
            order,
            conditions.markets[biome],
            conditions.settings,
            already_traded=self._traded[order.player, biome],
        )
        return outcome if isinstance(outcome, Rejection) else _within_means(order, outcome, account)

    def _refusal_of_the_tick(self, order: PlaceOrder) -> Rejection | None:
        conditions = self._conditions
        if conditions.stopped[BIOME_INDEX[order.biome]]:
            return Rejection.HALTED
        if conditions.stale:
            return Rejection.ATTENTION_STALE
        if abs(conditions.closed_at - order.placed_at) > conditions.settings.deadline_ms:
            return Rejection.EXPIRED
        return None

    def _refusal_of_the_account(self, order: PlaceOrder, account: Account, *, within_rate: bool) -> Rejection | None:
        if account.frozen:
            return Rejection.ACCOUNT_FROZEN
        if not within_rate:
            return Rejection.TOO_MANY_ORDERS
        last_buy = account.last_buys[BIOME_INDEX[order.biome]]
        held = self._conditions.tick - last_buy
        if (
            order.kind is OrderKind.SELL_SHARES
            and last_buy != NEVER
            and held < self._conditions.settings.minimum_hold_ticks
        ):
            return Rejection.MINIMUM_HOLD
        return None

    def _move(self, order: PlaceOrder, moved: Fill, account: Account | None) -> None:
        """Post to the account at once, so that the player's next order sees it; to the market after the last order."""
        if account is None:
            raise AssertionError("An order of a player without an account was filled.")
        biome = BIOME_INDEX[order.biome]
        if order.kind is OrderKind.SELL_SHARES:
            account.cash += moved.cash - moved.fee
            account.holdings[biome] -= moved.shares
            self.sold[biome] += moved.cash
            self.shares_sold[biome] += moved.shares
        else:
            account.cash -= moved.cash + moved.fee
            account.holdings[biome] += moved.shares
            account.last_buys[biome] = self._conditions.tick
            self.bought[biome] += moved.cash
            self.shares_bought[biome] += moved.shares
        self.fees += moved.fee
        self._traded[order.player, biome] += moved.cash


def _within_means(order: PlaceOrder, wanted: Fill, account: Account) -> Fill | Rejection:
    if order.kind is OrderKind.SELL_SHARES:
        enough = wanted.shares <= account.holdings[BIOME_INDEX[order.biome]]
        return wanted if enough else Rejection.INSUFFICIENT_SHARES
    return wanted if wanted.cash + wanted.fee <= account.cash else Rejection.INSUFFICIENT_FUNDS
