"""The books, kept again from what the market published: every tick's receipt, and every event's effect on its account.

Pure, and written apart from the core: it shares the messages with it and no rule.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.biomes import BIOMES
from schemas.messages.market_inputs import OrderKind
from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.messages.trade_events import AccountAfter, Filled, Frozen, Granted, Opened, Rejected, TradeEvent
from streams.following.whole_ticks import WholeTick

DIGEST_MODULUS = 1 << 256


@dataclass
class Account:
    """A player's account as the events make it."""

    cash: int = 0
    holdings: list[int] = field(default_factory=lambda: [0] * len(BIOMES))
    frozen: bool = False

    def differs_from(self, after: AccountAfter) -> bool:
        return (self.cash, [str(shares) for shares in self.holdings], self.frozen) != (
            int(after.cash),
            after.holdings,
            after.frozen,
        )


class Books:
    """Follows whole ticks. ``audit`` returns what is wrong with one, as sentences; nothing when all is well."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.outcomes_digest = 0
        """Sum of SHA-256 over all outcomes, modulo 2^256: to compare with another store of them."""
        self.outcomes = 0
        self._decided: set[bytes] = set()
        self._before: Tick | None = None

    def audit(self, whole: WholeTick) -> list[str]:
        """Take in the next tick."""
        tick = whole.tick
        faults = [
            *self._conservation(tick),
            *self._receipts(tick),
            *self._continuity(tick),
            *self._events(tick, whole.events),
            *self._totals(tick),
        ]
        self._before = tick
        return [f"tick {tick.tick}: {fault}" for fault in faults]

    def _conservation(self, tick: Tick) -> Iterator[str]:
        cash = sum(int(market.cash) for market in tick.markets)
        there = int(tick.players_cash) + cash + int(tick.house_fees)
        brought = int(tick.genesis_cash) + int(tick.grants)
        if there != brought:
            yield f"law 1: {there} micro-BDT are there and {brought} were brought in"
        for market, players in zip(tick.markets, tick.players_shares, strict=True):
            if int(market.treasury) + int(players) != int(market.shares):
                yield f"law 2: the shares of {market.biome} do not add up"
            if min(int(market.cash), int(market.shares), int(players)) < 0:
                yield f"law 3: something of {market.biome} is negative"
        if min(int(tick.players_cash), int(tick.house_fees)) < 0:
            yield "law 3: players' cash or the fees are negative"

    def _receipts(self, tick: Tick) -> Iterator[str]:
        for market in tick.markets:
            moved = int(market.dealt) - int(market.pooled) + int(market.bought) - int(market.sold)
            if int(market.before) + moved != int(market.cash):
                yield f"the receipt of {market.biome} does not add up"
        pooled = sum(int(market.pooled) for market in tick.markets)
        if pooled != sum(int(market.dealt) for market in tick.markets):
            yield "law 4: what was dealt is not what was pooled"
        if pooled and not any(market.attention for market in tick.markets):
            yield "law 4: cash moved without attention"

    def _continuity(self, tick: Tick) -> Iterator[str]:
        before = self._before
        if before is None:
            return
        if tick.inputs.first != before.inputs.last + 1:
            yield f"inputs between {before.inputs.last} and {tick.inputs.first} were folded by no tick, or twice"
        if int(tick.house_fees) != int(before.house_fees) + int(tick.fees):
            yield "the fees do not continue"
        if int(tick.grants) < int(before.grants) or tick.genesis_cash != before.genesis_cash:
            yield "genesis or the grants do not continue"
        for market, was in zip(tick.markets, before.markets, strict=True):
            if market.before != was.cash:
                yield f"the cash of {market.biome} does not continue"
            if int(was.shares) + int(market.shares_bought) - int(market.shares_sold) != int(market.shares):
                yield f"the shares of {market.biome} do not continue"

    def _events(self, tick: Tick, events: tuple[TradeEvent, ...]) -> Iterator[str]:
        granted = fees = filled = 0
        rejected: dict[str, int] = {}
        bought, sold = [0] * len(BIOMES), [0] * len(BIOMES)
        for event in events:
            if isinstance(event, Filled | Rejected):
                yield from self._outcome(event)
            if isinstance(event, Filled):
                fees, filled = fees + int(event.fee), filled + 1
                side = sold if event.order.kind is OrderKind.SELL_SHARES else bought
                side[BIOMES.index(event.order.biome)] += int(event.cash)
                yield from self._price(event, tick.markets[BIOMES.index(event.order.biome)])
            elif isinstance(event, Rejected):
                rejected[event.code] = rejected.get(event.code, 0) + 1
            elif isinstance(event, Opened | Granted):
                granted += int(event.grant if isinstance(event, Opened) else event.amount)
            self._post(event)
        yield from self._accounts_after(events)
        if fees != int(tick.fees) or (filled, rejected) != (tick.orders.filled, tick.orders.rejected):
            yield "the receipt does not say what the events say about fees and orders"
        if [(str(buys), str(sales)) for buys, sales in zip(bought, sold, strict=True)] != [
            (market.bought, market.sold) for market in tick.markets
        ]:
            yield "the events do not move the cash that the receipt says"
        if granted != int(tick.grants) - (int(self._before.grants) if self._before else 0):
            yield "the grants of the events are not those of the tick"

    def _outcome(self, event: Filled | Rejected) -> Iterator[str]:
        order = hashlib.sha256(event.order.order_id.encode()).digest()[:16]
        if order in self._decided:
            yield f"law 11: order {event.order.order_id} has a second outcome"
        self._decided.add(order)
        self.outcomes += 1
        self.outcomes_digest = (self.outcomes_digest + outcome_hash(_outcome_of(event))) % DIGEST_MODULUS

    def _price(self, event: Filled, market: MarketReceipt) -> Iterator[str]:
        """Law 6: rounding never favours the trader, against the tick's frozen cash and shares."""
        cash = int(market.before) - int(market.pooled) + int(market.dealt)
        shares = int(market.shares) - int(market.shares_bought) + int(market.shares_sold)
        paid, got = int(event.cash) * shares, int(event.shares) * cash
        if (paid > got) if event.order.kind is OrderKind.SELL_SHARES else (paid < got):
            yield f"law 6: order {event.order.order_id} filled better than the price of the tick"

    def _post(self, event: TradeEvent) -> None:
        account = self.accounts.setdefault(event.player, Account())
        if isinstance(event, Opened):
            account.cash += int(event.grant)
        elif isinstance(event, Granted):
            account.cash += int(event.amount)
        elif isinstance(event, Frozen):
            account.frozen = event.account.frozen
        elif isinstance(event, Filled):
            sale = event.order.kind is OrderKind.SELL_SHARES
            account.cash += int(event.cash) * (1 if sale else -1) - int(event.fee)
            account.holdings[BIOMES.index(event.order.biome)] += int(event.shares) * (-1 if sale else 1)

    def _accounts_after(self, events: tuple[TradeEvent, ...]) -> Iterator[str]:
        for event in events:
            account = self.accounts[event.player]
            if event.account is not None and account.differs_from(event.account):
                yield f"the account of {event.player} is not what its events make it"
            if min(account.cash, *account.holdings) < 0:
                yield f"law 3: the account of {event.player} is negative"
            if event.account is None:
                del self.accounts[event.player]

    def _totals(self, tick: Tick) -> Iterator[str]:
        """A full count each tick would make the audit quadratic in its length; totals are counted when something moved."""
        if not tick.events and self._before is not None:
            return
        if len(self.accounts) != tick.accounts:
            yield f"{tick.accounts} accounts are stated and the events made {len(self.accounts)}"
        if sum(account.cash for account in self.accounts.values()) != int(tick.players_cash):
            yield "the players' cash is not the sum of their accounts"
        held = [sum(account.holdings[index] for account in self.accounts.values()) for index in range(len(BIOMES))]
        if [str(shares) for shares in held] != tick.players_shares:
            yield "the players' shares are not the sum of their accounts"


class Outcome(NamedTuple):
    """What became of an order."""

    order_id: str
    tick: int
    status: str
    shares: int | None = None
    cash: int | None = None
    fee: int | None = None


def outcome_hash(outcome: Outcome) -> int:
    """One outcome as a number, the same from the events and from PostgreSQL."""
    text = "|".join(str(part) for part in outcome)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _outcome_of(event: Filled | Rejected) -> Outcome:
    if isinstance(event, Rejected):
        return Outcome(event.order.order_id, event.tick, "rejected")
    return Outcome(event.order.order_id, event.tick, "filled", int(event.shares), int(event.cash), int(event.fee))
