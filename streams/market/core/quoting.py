"""A dry run of one order: what it would do if the next tick came now and redistributed nothing.

By the very functions that decide orders, so a quote and a fill can differ only by what happens between them. Nothing is
promised: the price that counts is that of the tick which takes the order in (law 5).
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from schemas.biomes import BIOME_INDEX
from schemas.messages.market_inputs import OrderKind, PlaceOrder
from schemas.messages.market_ticks import Tick
from schemas.rejections import Rejection
from schemas.units import MICRO, MicroBdt, MicroShares, Millis, PriceMicro, price_rounded_down
from streams.durable.rows import Rows
from streams.market.core.account import NEVER, Accounts, new_account
from streams.market.core.deciding import Conditions, Decisions
from streams.market.core.filling import Fill, FrozenMarket
from streams.market.core.happened import Decision
from streams.market.core.remembered import Decided, Remembered
from streams.market.core.rules import Rules, rules_of

BOUNDLESS: Final = 10**30
"""A market so many times as large has the same price exactly, and no largest order."""


class Known(NamedTuple):
    """What is known of the player as of the tick."""

    cash: MicroBdt
    holdings: Sequence[MicroShares]
    """In the order of the biomes."""
    frozen: bool
    last_buy: int | None
    """The tick of the last buy in the order's biome; None: long ago, or never."""
    decided_at: Sequence[Millis]
    """When the orders of the last minute were decided, those left out that were over the rate."""


class Balances(NamedTuple):
    """Of the player after the order, in the order's biome."""

    cash: MicroBdt
    shares: MicroShares


class WorstCase(NamedTuple):
    """At the limit price. ``total`` is paid or received, fee included. None: nothing bounds it."""

    shares: MicroShares | None
    total: MicroBdt | None


class Quote(NamedTuple):
    """What the order would do now."""

    price: PriceMicro
    fill: Fill | None
    """At this price, whatever the account says; None when the order fits no account."""
    after: Balances | None
    """None when it would be rejected."""
    rejection: Rejection | None
    worst: WorstCase


def quote(order: PlaceOrder, tick: Tick, known: Known) -> Quote:
    """Quote an order as of a tick.

    Raises:
        CannotFoldError: the market's rules are newer than this code.
    """
    rules = rules_of(tick.settings.rules)
    biome = BIOME_INDEX[order.biome]
    markets = [FrozenMarket(int(market.cash), int(market.shares)) for market in tick.markets]
    moved = rules.fill(order, markets[biome], tick.settings, already_traded=0)
    outcome, after = _decide(order, tick, known, rules, markets)
    return Quote(
        price=price_rounded_down(*markets[biome]),
        fill=None if isinstance(moved, Rejection) else moved,
        after=None if isinstance(outcome, Rejection) else after,
        rejection=outcome if isinstance(outcome, Rejection) else None,
        worst=_worst_case(order, tick, rules, markets[biome]),
    )


def total(order: PlaceOrder, moved: Fill) -> MicroBdt:
    """What the player pays or receives, fee included."""
    return moved.cash - moved.fee if order.kind is OrderKind.SELL_SHARES else moved.cash + moved.fee


def _decide(
    order: PlaceOrder, tick: Tick, known: Known, rules: Rules, markets: Sequence[FrozenMarket]
) -> tuple[Fill | Rejection, Balances]:
    biome = BIOME_INDEX[order.biome]
    account = new_account(known.cash)
    account.holdings, account.frozen = list(known.holdings), known.frozen
    account.last_buys[biome] = known.last_buy or NEVER
    account.decided = Remembered([Decided(str(number), at, at) for number, at in enumerate(known.decided_at)])
    accounts = Accounts(Rows())
    accounts.open(order.player, account)
    next_closed_at = tick.closed_at + tick.settings.window_ms
    conditions = Conditions(
        tick=tick.tick + 1,
        closed_at=next_closed_at,
        settings=tick.settings,
        rules=rules,
        markets=markets,
        stopped=[tick.halted or market.halted for market in tick.markets],
        stale=tick.attention.stale,
    )
    decisions = Decisions(conditions, accounts, Remembered())
    decisions.decide(msgspec.structs.replace(order, placed_at=next_closed_at), cause=0)
    decision = decisions.happened[0].what
    assert isinstance(decision, Decision)
    return decision.outcome, Balances(account.cash, account.holdings[biome])


def _worst_case(order: PlaceOrder, tick: Tick, rules: Rules, market: FrozenMarket) -> WorstCase:
    unbounded = msgspec.structs.replace(order, limit=None, max_pay=None)
    at = market if order.limit is None else FrozenMarket(order.limit, MICRO)
    moved = rules.fill(
        unbounded, FrozenMarket(at.cash * BOUNDLESS, at.shares * BOUNDLESS), tick.settings, already_traded=0
    )
    shares = None if order.kind is OrderKind.BUY_CASH else order.quantity
    if isinstance(moved, Rejection):
        return WorstCase(shares, order.max_pay)
    if order.kind is OrderKind.BUY_CASH:  # what is paid is given; the limit bounds what is got for it
        return WorstCase(None if order.limit is None else moved.shares, total(order, moved))
    if order.limit is None:
        return WorstCase(shares, order.max_pay)
    at_limit = total(order, moved)
    return WorstCase(shares, at_limit if order.max_pay is None else min(at_limit, order.max_pay))
