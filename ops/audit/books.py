"""The books, kept again from what the market published: every event's effect on its account, and what all of them hold.

Pure, and written apart from the core: it shares the messages with it and no rule (and the form of a row, from which new books
are begun). Memory: the accounts, and the orders that may still come back.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from schemas.biomes import BIOME_INDEX, BIOMES
from schemas.messages.market_inputs import OrderKind
from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.messages.trade_events import AccountAfter, Filled, Frozen, Granted, Opened, Rejected, TradeEvent
from schemas.rejections import Rejection
from streams.market.core.account import ROW_PREFIX
from streams.market.core.account import Account as AccountRow
from streams.receipts.checks import frozen_cash, frozen_shares

DIGEST_MODULUS: Final = 1 << 256
MAY_RETURN_MS: Final = 20_000
"""Log time for which an order that was decided may be decided again with effect: its own time is at most a deadline
(10 s) ahead of the tick that decided it, and its deadline ends as long after that.
"""
LATE: Final = frozenset({Rejection.EXPIRED, Rejection.HALTED, Rejection.ATTENTION_STALE})
"""What an order past its deadline may be told."""


class Account(msgspec.Struct):
    """A player's account as the events make it."""

    cash: int = 0
    holdings: list[int] = msgspec.field(default_factory=lambda: [0] * len(BIOMES))
    frozen: bool = False

    def differs_from(self, after: AccountAfter) -> bool:
        return (self.cash, [str(shares) for shares in self.holdings], self.frozen) != (
            int(after.cash),
            after.holdings,
            after.frozen,
        )


class DecidedAt(msgspec.Struct, array_like=True):
    """The orders of one tick."""

    closed_at: int
    orders: list[str]
    filled: list[str] = []
    """Those of them that moved money. None in a snapshot of before they were kept: 20 s of log time later they are there."""


class BooksState(msgspec.Struct):
    """What the books have to keep from one tick to the next."""

    accounts: dict[str, Account] = {}
    cash: int = 0
    """Micro-BDT of all accounts together."""
    shares: list[int] = msgspec.field(default_factory=lambda: [0] * len(BIOMES))
    """Micro-shares of all accounts together, a biome each."""
    grants: int = 0
    decided: list[DecidedAt] = []
    """Of the last 20 s of log time."""


class Outcome(NamedTuple):
    """What became of an order, and all that it said, as PostgreSQL has it in a row (``ops.audit.database``)."""

    order_id: str
    tick: int
    number: int
    """Of its event in the tick."""
    player: str
    client_order_id: str | None
    biome: str
    kind: str
    quantity: int
    limit: int | None
    max_pay: int | None
    placed_at: int
    status: str
    price: int | None = None
    shares: int | None = None
    cash: int | None = None
    fee: int | None = None
    code: str | None = None
    detail: str | None = None

    @property
    def when(self) -> tuple[int, int]:
        """It comes before another one of the same order when this is less."""
        return self.tick, self.number

    @property
    def is_fill(self) -> bool:
        """Whether it moved money."""
        return self.status == "filled"


class Books:
    """Follows ticks with their events. ``audit`` returns what is wrong with one, as sentences; nothing when all is well."""

    def __init__(self, state: BooksState | None = None) -> None:
        self._state = state or BooksState()
        self._decided = {order for tick in self._state.decided for order in tick.orders}
        self._filled = {order for tick in self._state.decided for order in tick.filled}
        self._ticks = deque(self._state.decided)

    @property
    def accounts(self) -> dict[str, Account]:
        return self._state.accounts

    def state(self) -> BooksState:
        """What to keep: alive, so to be encoded before the next tick."""
        self._state.decided = list(self._ticks)
        return self._state

    def audit(self, tick: Tick, events: Sequence[TradeEvent]) -> list[str]:
        """Take in the next tick."""
        before = self._state.grants
        faults = [*self._outcomes(tick, events), *self._post_all(events), *_receipt_of(tick, events)]
        if self._state.grants - before != _granted(events) or self._state.grants != int(tick.grants):
            faults.append("the grants of the events are not those of the tick")
        return [*faults, *self._totals(tick)]

    def _outcomes(self, tick: Tick, events: Sequence[TradeEvent]) -> Iterator[str]:
        """Law 11."""
        decided = DecidedAt(tick.closed_at, [])
        for event in events:
            if not isinstance(event, Filled | Rejected):
                continue
            order = event.order.order_id
            if order in self._decided:
                if not may_follow(event, filled=order in self._filled, deadline_ms=tick.settings.deadline_ms):
                    yield f"law 11: order {order} has a second outcome"
                continue
            self._decided.add(order)
            decided.orders.append(order)
            if isinstance(event, Filled):
                self._filled.add(order)
                decided.filled.append(order)
        if decided.orders:
            self._ticks.append(decided)
        while self._ticks and self._ticks[0].closed_at + MAY_RETURN_MS < tick.closed_at:
            forgotten = self._ticks.popleft()
            self._decided.difference_update(forgotten.orders)
            self._filled.difference_update(forgotten.filled)

    def _post_all(self, events: Sequence[TradeEvent]) -> Iterator[str]:
        for event in events:
            self._post(event)
        for event in events:
            account = self._state.accounts.get(event.player)
            if account is None:
                if event.account is not None:
                    yield f"{event.player} has an account that was never opened"
                continue
            if event.account is None or account.differs_from(event.account):
                yield f"the account of {event.player} is not what its events make it"
            if min(account.cash, *account.holdings) < 0:
                yield f"law 3: the account of {event.player} is negative"

    def _post(self, event: TradeEvent) -> None:
        """Double entry: what an account gets is also added to the total, which the tick states."""
        state = self._state
        if isinstance(event, Opened):
            state.accounts.setdefault(event.player, Account())
        account = state.accounts.get(event.player)
        if account is None:
            return
        if isinstance(event, Opened | Granted):
            granted = _granted([event])
            account.cash, state.cash, state.grants = (
                account.cash + granted,
                state.cash + granted,
                state.grants + granted,
            )
        elif isinstance(event, Frozen):
            account.frozen = event.account.frozen
        elif isinstance(event, Filled):
            sale, biome = event.order.kind is OrderKind.SELL_SHARES, BIOME_INDEX[event.order.biome]
            cash = int(event.cash) * (1 if sale else -1) - int(event.fee)
            shares = int(event.shares) * (-1 if sale else 1)
            account.cash, state.cash = account.cash + cash, state.cash + cash
            account.holdings[biome], state.shares[biome] = (
                account.holdings[biome] + shares,
                state.shares[biome] + shares,
            )

    def _totals(self, tick: Tick) -> Iterator[str]:
        if len(self._state.accounts) != tick.accounts:
            yield f"{tick.accounts} accounts are stated and the events made {len(self._state.accounts)}"
        if self._state.cash != int(tick.players_cash):
            yield "the players' cash is not the sum of their accounts"
        if [str(shares) for shares in self._state.shares] != tick.players_shares:
            yield "the players' shares are not the sum of their accounts"


def books_of(rows: Mapping[bytes, bytes], tick: Tick) -> BooksState:
    """Books that begin with the accounts in the market's rows after a tick."""
    accounts = {}
    for key, value in rows.items():
        if key.startswith(ROW_PREFIX):
            row = msgspec.json.decode(value, type=AccountRow)
            accounts[key.removeprefix(ROW_PREFIX).decode()] = Account(row.cash, row.holdings, row.frozen)
    return BooksState(
        accounts=accounts,
        cash=sum(account.cash for account in accounts.values()),
        shares=[sum(account.holdings[biome] for account in accounts.values()) for biome in range(len(BIOMES))],
        grants=int(tick.grants),
    )


def may_follow(outcome: Filled | Rejected, *, filled: bool, deadline_ms: int) -> bool:
    """Whether an order that had an outcome before, a fill or not, may have this one as well.

    A rejection may be told again: the market forgets most ids of a flood, and every id once its deadline is past. It moves
    nothing, and who reads outcomes keeps the first (law 8).
    """
    return isinstance(outcome, Rejected) and (not filled or is_late(outcome, deadline_ms=deadline_ms))


def is_late(outcome: Filled | Rejected, *, deadline_ms: int) -> bool:
    """Whether the order was past its deadline, or that far ahead of it: then it may have had an outcome at any time."""
    late = abs(outcome.at - outcome.order.placed_at) > deadline_ms
    return late and isinstance(outcome, Rejected) and outcome.code in LATE


def _granted(events: Sequence[TradeEvent]) -> int:
    return sum(
        int(event.grant if isinstance(event, Opened) else event.amount)
        for event in events
        if isinstance(event, Opened | Granted)
    )


def _receipt_of(tick: Tick, events: Sequence[TradeEvent]) -> Iterator[str]:
    """The tick's receipt, held against its events."""
    fills = [event for event in events if isinstance(event, Filled)]
    rejected = Counter(event.code.value for event in events if isinstance(event, Rejected))
    if sum(int(event.fee) for event in fills) != int(tick.fees) or (len(fills), dict(rejected)) != (
        tick.orders.filled,
        tick.orders.rejected,
    ):
        yield "the receipt does not say what the events say about fees and orders"
    for market in tick.markets:
        of_biome = [event for event in fills if event.order.biome == market.biome]
        sales = [event for event in of_biome if event.order.kind is OrderKind.SELL_SHARES]
        buys = [event for event in of_biome if event.order.kind is not OrderKind.SELL_SHARES]
        moved = [
            sum(int(getattr(event, what)) for event in side) for side in (buys, sales) for what in ("cash", "shares")
        ]
        if moved != [int(market.bought), int(market.shares_bought), int(market.sold), int(market.shares_sold)]:
            yield f"the events do not move what the receipt of {market.biome} says"
        yield from (fault for event in of_biome for fault in _price(event, market))


def _price(event: Filled, market: MarketReceipt) -> Iterator[str]:
    """Law 6: rounding never favours the trader, against the tick's frozen cash and shares."""
    paid, got = int(event.cash) * frozen_shares(market), int(event.shares) * frozen_cash(market)
    if (paid > got) if event.order.kind is OrderKind.SELL_SHARES else (paid < got):
        yield f"law 6: order {event.order.order_id} filled better than the price of the tick"
    if event.price != market.price:
        yield f"law 5: order {event.order.order_id} filled at another price than the tick's"


def outcome_hash(outcome: Outcome) -> int:
    """One outcome as a number, the same from the events and from PostgreSQL."""
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(outcome)).digest(), "big")


def outcome_of(event: Filled | Rejected) -> Outcome:
    """What became of the order, as PostgreSQL has it too."""
    order = event.order
    said = (
        order.order_id,
        event.tick,
        event.index,
        event.player,
        order.client_order_id,
        order.biome.value,
        order.kind.value,
        int(order.quantity),
        None if order.limit is None else int(order.limit),
        None if order.max_pay is None else int(order.max_pay),
        order.placed_at,
    )
    if isinstance(event, Rejected):
        return Outcome(*said, "rejected", code=event.code.value, detail=event.detail)
    return Outcome(*said, "filled", int(event.price), int(event.shares), int(event.cash), int(event.fee))
