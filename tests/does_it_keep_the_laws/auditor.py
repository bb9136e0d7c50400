"""The laws, checked from what the market publishes alone: none of the core's code, and none of its state."""

import hashlib
from collections import defaultdict

from schemas.biomes import BIOMES
from schemas.messages.fields import PlayerId
from schemas.messages.market_inputs import OrderKind
from schemas.messages.market_ticks import HASH_HEADER, NO_PREVIOUS, MarketReceipt, Tick
from schemas.messages.trade_events import AccountAfter, Filled, Granted, Opened, Rejected
from tests.does_it_keep_the_laws.market_log import Closed


class Auditor:
    """Follows ticks and events from the first one, with accounts of its own."""

    def __init__(self) -> None:
        self.cash: dict[PlayerId, int] = {}
        self.holdings: dict[PlayerId, list[int]] = {}
        self.filled: dict[str, int] = defaultdict(int)
        self.outcomes: dict[str, int] = defaultdict(int)
        self._last: Tick | None = None
        self._previous = NO_PREVIOUS

    def audit(self, closed: Closed) -> None:
        """Hold every law that can be seen in one tick against it."""
        self._audit_chain(closed)
        self._audit_events(closed)
        for biome, market in enumerate(closed.tick.markets):
            self._audit_receipt(biome, market, closed.tick)
        self._audit_conservation(closed.tick)
        self._last = closed.tick

    def _audit_chain(self, closed: Closed) -> None:
        tick = closed.tick
        ((name, digest),) = closed.commit.outputs[0].headers
        assert name == HASH_HEADER
        assert digest.decode() == hashlib.sha256(closed.commit.outputs[0].value).hexdigest()
        assert tick.previous == self._previous
        assert tick.tick == (self._last.tick + 1 if self._last else 1)
        assert tick.inputs.first == (self._last.inputs.last + 1 if self._last else 0)
        assert closed.commit.next_offset == tick.inputs.last + 1
        self._previous = digest.decode()

    def _audit_events(self, closed: Closed) -> None:
        assert [event.index for event in closed.events] == list(range(closed.tick.events))
        causes = [event.cause for event in closed.events]
        assert causes == sorted(set(causes))
        assert len(closed.dead_letters) == closed.tick.dead_letters
        # Events stand in the order of the log, but openings and grants come first in a tick's work.
        for event in closed.events:
            if isinstance(event, Opened):
                assert event.player not in self.cash
                self.cash[event.player] = int(event.grant)
                self.holdings[event.player] = [0] * len(BIOMES)
            elif isinstance(event, Filled | Rejected):
                self.outcomes[event.order.order_id] += 1
        for event in closed.events:
            if isinstance(event, Granted):
                self.cash[event.player] += int(event.amount)
            elif isinstance(event, Filled):
                self._post(event)
        for event in closed.events:
            self._compare(event.player, event.account)

    def _post(self, event: Filled) -> None:
        self.filled[event.order.order_id] += 1
        sign = -1 if event.order.kind is OrderKind.SELL_SHARES else 1
        self.cash[event.player] -= sign * int(event.cash) + int(event.fee)
        self.holdings[event.player][BIOMES.index(event.order.biome)] += sign * int(event.shares)

    def _compare(self, player: PlayerId, after: AccountAfter | None) -> None:
        """Law 9 too: an event that is no opening, grant or fill has changed nothing."""
        if after is None:
            assert player not in self.cash
            return
        assert int(after.cash) == self.cash[player] >= 0
        assert [int(shares) for shares in after.holdings] == self.holdings[player]
        assert min(self.holdings[player]) >= 0

    def _audit_receipt(self, biome: int, market: MarketReceipt, tick: Tick) -> None:
        before, pooled, dealt = int(market.before), int(market.pooled), int(market.dealt)
        bought, sold, cash = int(market.bought), int(market.sold), int(market.cash)
        assert before - pooled + dealt + bought - sold == cash >= 0
        assert min(pooled, dealt, bought, sold) >= 0
        players = sum(holdings[biome] for holdings in self.holdings.values())
        assert int(market.shares) == int(market.treasury) + players
        assert int(tick.players_shares[biome]) == players
        if self._last is not None:
            last = self._last.markets[biome]
            assert market.before == last.cash
            moved = int(market.shares_bought) - int(market.shares_sold)
            assert int(market.shares) == int(last.shares) + moved

    def _audit_conservation(self, tick: Tick) -> None:
        assert sum(int(m.pooled) for m in tick.markets) == sum(int(m.dealt) for m in tick.markets)
        if tick.attention.taken == 0:
            assert all(market.pooled == "0" for market in tick.markets)
        assert tick.attention.taken == sum(market.attention for market in tick.markets)
        assert tick.accounts == len(self.cash)
        assert int(tick.players_cash) == sum(self.cash.values())
        markets = sum(int(market.cash) for market in tick.markets)
        assert sum(self.cash.values()) + markets + int(tick.house_fees) == int(tick.genesis_cash) + int(tick.grants)
