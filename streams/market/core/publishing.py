"""A closed tick as messages: the tick itself with its hash, seven prices, and an event for everything that happened."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from schemas.biomes import BIOMES
from schemas.decoding import encode
from schemas.messages.fields import PlayerId, Sha256, micro
from schemas.messages.market_inputs import PlaceOrder
from schemas.messages.market_prices import Price
from schemas.messages.market_ticks import HASH_HEADER, MarketReceipt, Tick
from schemas.messages.trade_events import (
    AccountAfter,
    Filled,
    Frozen,
    Granted,
    Opened,
    OrderTerms,
    Rejected,
    TradeEvent,
)
from schemas.rejections import SENTENCES
from schemas.topics import MARKET_PRICES, MARKET_TICKS, TRADE_EVENTS
from schemas.units import Millis, PriceMicro, format_amount, price_rounded_down
from streams.durable.fold import Output
from streams.market.core.account import Accounts
from streams.market.core.deciding import Decisions
from streams.market.core.filling import Fill, FrozenMarket
from streams.market.core.happened import Decision, Freeze, Grant, Happened, Opening
from streams.market.core.redistribution import Redistribution
from streams.market.core.state import MarketState


def receipts_of(
    state: MarketState,
    *,
    attention: Sequence[int],
    before: Sequence[int],
    moved: Redistribution,
    markets: Sequence[FrozenMarket],
    decisions: Decisions,
) -> list[MarketReceipt]:
    """What moved in each biome. ``state`` is the one after the tick, ``before`` its cash before it."""
    return [
        MarketReceipt(
            biome=name,
            halted=state.halted_biomes[biome],
            attention=attention[biome],
            before=micro(before[biome]),
            pooled=micro(moved.pooled[biome]),
            dealt=micro(moved.dealt[biome]),
            bought=micro(decisions.bought[biome]),
            sold=micro(decisions.sold[biome]),
            cash=micro(state.cash[biome]),
            price=micro(price_rounded_down(markets[biome].cash, markets[biome].shares)),
            shares_bought=micro(decisions.shares_bought[biome]),
            shares_sold=micro(decisions.shares_sold[biome]),
            shares=micro(state.shares[biome]),
            treasury=micro(state.treasury[biome]),
        )
        for biome, name in enumerate(BIOMES)
    ]


def tick_output(tick: Tick) -> tuple[Output, Sha256]:
    """The tick's message, and its hash: SHA-256 of the exact body."""
    body = encode(tick)
    digest = hashlib.sha256(body).hexdigest()
    return Output(MARKET_TICKS.name, None, body, ((HASH_HEADER, digest.encode()),)), digest


def price_outputs(tick: Tick) -> list[Output]:
    """One row a biome."""
    return [
        Output(
            MARKET_PRICES.name,
            market.biome.encode(),
            encode(
                Price(
                    v=1,
                    tick=tick.tick,
                    closed_at=tick.closed_at,
                    biome=market.biome,
                    price=market.price,
                    price_bdt=format_amount(int(market.price)),
                    cash=market.cash,
                    shares=market.shares,
                    attention=market.attention,
                )
            ),
        )
        for market in tick.markets
    ]


class EventWriter:
    """Writes the events of one tick. Each shows its player's account after the whole tick."""

    def __init__(self, *, tick: int, at: Millis, accounts: Accounts, prices: Sequence[PriceMicro]) -> None:
        self._tick = tick
        self._at = at
        self._accounts = accounts
        self._prices = dict(zip(BIOMES, prices, strict=True))
        self._after: dict[PlayerId, AccountAfter | None] = {}

    def outputs(self, happened: Iterable[Happened]) -> list[Output]:
        """The events in the order of their causes in the log, numbered."""
        return [
            Output(TRADE_EVENTS.name, one.player.encode(), encode(self._event(one, index)))
            for index, one in enumerate(sorted(happened, key=lambda one: one.cause))
        ]

    def _event(self, happened: Happened, index: int) -> TradeEvent:
        head = _Head(v=1, tick=self._tick, index=index, at=self._at, player=happened.player, cause=happened.cause)
        account = self._account_after(happened.player)
        if isinstance(happened.what, Decision):
            return self._outcome(happened.what, head, account)
        if account is None:
            raise AssertionError("Something happened to an account that does not exist.")
        match happened.what:
            case Opening(grant):
                return Opened(**head, grant=micro(grant), account=account)
            case Grant(command_id, amount, reason):
                granted = micro(amount)
                return Granted(**head, command_id=command_id, amount=granted, reason=reason, account=account)
            case Freeze(command_id, reason):
                return Frozen(**head, command_id=command_id, reason=reason, account=account)

    def _outcome(self, decision: Decision, head: "_Head", account: AccountAfter | None) -> Filled | Rejected:
        order, outcome = decision
        terms = _terms(order)
        if not isinstance(outcome, Fill):
            return Rejected(**head, order=terms, code=outcome, detail=SENTENCES[outcome], account=account)
        if account is None:
            raise AssertionError("An order of a player without an account was filled.")
        return Filled(
            **head,
            order=terms,
            price=micro(self._prices[order.biome]),
            shares=micro(outcome.shares),
            cash=micro(outcome.cash),
            fee=micro(outcome.fee),
            account=account,
        )

    def _account_after(self, player: PlayerId) -> AccountAfter | None:
        if player not in self._after:
            account = self._accounts.find(player)
            self._after[player] = None if account is None else account.after()
        return self._after[player]


class _Head(TypedDict):
    """The fields that all events share."""

    v: Literal[1]
    tick: int
    index: int
    at: Millis
    player: PlayerId
    cause: int


def _terms(order: PlaceOrder) -> OrderTerms:
    return OrderTerms(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        biome=order.biome,
        kind=order.kind,
        quantity=micro(order.quantity),
        limit=None if order.limit is None else micro(order.limit),
        max_pay=None if order.max_pay is None else micro(order.max_pay),
        placed_at=order.placed_at,
    )
