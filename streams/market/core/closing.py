"""Closing a tick: the order of work, and one commit.

Openings and commands → attention's differences → redistribution (law 4) → cash and shares are frozen → orders → all
deltas are added → the laws are asserted → receipt, hash, outcomes. Nothing is reserved or in flight between two ticks.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.messages.fields import micro
from schemas.messages.market_inputs import CloseWindow, OpenAccount
from schemas.messages.market_ticks import AttentionReceipt, CommandReceipt, InputRange, OrderCounts, Tick
from schemas.rejections import Rejection
from schemas.units import MicroBdt, MicroShares, Millis, price_rounded_down
from streams.durable.fold import Commit
from streams.durable.rows import Rows
from streams.market.core.account import Accounts
from streams.market.core.commands import CommandDesk
from streams.market.core.deciding import Conditions, Decisions
from streams.market.core.filling import FrozenMarket
from streams.market.core.laws import assert_laws, assert_receipts
from streams.market.core.publishing import EventWriter, price_outputs, receipts_of, tick_output
from streams.market.core.redistribution import Redistribution
from streams.market.core.rules import rules_of
from streams.market.core.state import ROW_KEY, MarketState, state_to_row
from streams.market.core.window import OpenWindow


class Mark(NamedTuple):
    """The clock's mark that closes the tick, where it stands in the log, and the log time there."""

    message: CloseWindow
    offset: int
    time: Millis


def close_tick(state: MarketState, rows: Rows, window: OpenWindow, mark: Mark) -> Commit:
    """Close the next tick: changes ``state`` and ``rows``, and says what to publish.

    Raises:
        AssertionError: a law would be broken. Nothing of the tick may become durable then.
        CannotFoldError: a command asks for rules that this code does not know.
    """
    windows = windows_covered(state, closed_at=mark.time)
    state.tick += 1
    state.closed_at = mark.time
    accounts = Accounts(rows)
    desk = _carry_out(state, accounts, window)
    trading = _trade(state, accounts, window)
    _post(state, accounts, trading)
    assert_laws(state, accounts.touched())

    happened = [*desk.happened, *trading.decisions.happened]
    tick = _tick(
        state, rows, window, mark, trading=trading, windows=windows, events=len(happened), commands=desk.receipts
    )
    published, state.previous = tick_output(tick)
    rows.put(ROW_KEY, state_to_row(state))
    prices = [price_rounded_down(market.cash, market.shares) for market in trading.markets]
    events = EventWriter(tick=state.tick, at=state.closed_at, accounts=accounts, prices=prices)
    outputs = (published, *price_outputs(tick), *events.outputs(happened), *window.dead_letters.outputs)
    return Commit(window.next_offset(mark.offset), outputs)


def windows_covered(state: MarketState, *, closed_at: Millis) -> int:
    """How many windows have passed since the last tick, to the nearest, by the settings under which they passed."""
    window_ms = state.settings.window_ms
    return max(1, (2 * (closed_at - state.closed_at) + window_ms) // (2 * window_ms))


class _Trading(NamedTuple):
    """What happened between the commands and the posting."""

    attention: Sequence[int]
    attention_receipt: AttentionReceipt
    cash_before: Sequence[MicroBdt]
    shares_before: Sequence[MicroShares]
    moved: Redistribution
    markets: Sequence[FrozenMarket]
    decisions: Decisions


def _carry_out(state: MarketState, accounts: Accounts, window: OpenWindow) -> CommandDesk:
    desk = CommandDesk(state, accounts, now=state.closed_at)
    for record, message in window.openings_and_commands:
        if isinstance(message, OpenAccount):
            refusal = desk.open(message, cause=record.offset)
            if refusal is not None:
                window.refuse(record, refusal)
        else:
            desk.carry_out(message, cause=record.offset)
    return desk


def _trade(state: MarketState, accounts: Accounts, window: OpenWindow) -> _Trading:
    attention, receipt = window.attention.close(state, closed_at=state.closed_at)
    stopped = state.stopped()
    rules = rules_of(state.settings.rules)
    moved = rules.redistribute(
        state.cash, attention, halted=stopped, pool_bp=state.settings.pool_bp, floor=state.settings.floor_cash
    )
    markets = [
        FrozenMarket(cash - pooled + dealt, shares)
        for cash, pooled, dealt, shares in zip(state.cash, moved.pooled, moved.dealt, state.shares, strict=True)
    ]
    conditions = Conditions(state.tick, state.closed_at, state.settings, rules, markets, stopped, receipt.stale)
    decisions = Decisions(conditions, accounts, state.strangers)
    for offset, order in window.orders:
        decisions.decide(order, cause=offset)
    return _Trading(attention, receipt, tuple(state.cash), tuple(state.shares), moved, markets, decisions)


def _post(state: MarketState, accounts: Accounts, trading: _Trading) -> None:
    """Add all deltas to the markets and the totals. The accounts already have theirs."""
    decisions = trading.decisions
    for biome, market in enumerate(trading.markets):
        state.cash[biome] = market.cash + decisions.bought[biome] - decisions.sold[biome]
        state.shares[biome] = market.shares + decisions.shares_bought[biome] - decisions.shares_sold[biome]
    state.house_fees += decisions.fees
    accounts.store()
    state.players_cash += accounts.cash_added
    for biome, added in enumerate(accounts.shares_added):
        state.players_shares[biome] += added
    assert_receipts(
        state,
        trading.moved,
        decisions,
        cash_before=trading.cash_before,
        shares_before=trading.shares_before,
    )


def _tick(
    state: MarketState,
    rows: Rows,
    window: OpenWindow,
    mark: Mark,
    *,
    trading: _Trading,
    windows: int,
    events: int,
    commands: list[CommandReceipt],
) -> Tick:
    decisions = trading.decisions
    return Tick(
        v=1,
        tick=state.tick,
        closed_at=state.closed_at,
        due=mark.message.due,
        windows=windows,
        inputs=InputRange(first=window.first_offset, last=window.next_offset(mark.offset) - 1),
        events=events,
        dead_letters=window.dead_letters.buried,
        previous=state.previous,
        settings=state.settings,
        halted=state.halted,
        markets=receipts_of(
            state,
            attention=trading.attention,
            before=trading.cash_before,
            moved=trading.moved,
            markets=trading.markets,
            decisions=decisions,
        ),
        attention=trading.attention_receipt,
        orders=OrderCounts(
            filled=decisions.filled,
            rejected={code: decisions.rejected[code] for code in Rejection if decisions.rejected[code]},
            duplicates=decisions.duplicates,
        ),
        commands=commands,
        accounts=len(rows) - (ROW_KEY in rows),
        accounts_digest=rows.digest_without(ROW_KEY),
        players_cash=micro(state.players_cash),
        players_shares=[micro(shares) for shares in state.players_shares],
        house_fees=micro(state.house_fees),
        fees=micro(decisions.fees),
        genesis_cash=micro(state.genesis_cash),
        grants=micro(state.grants),
    )
