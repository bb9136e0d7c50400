"""Ticks as documents."""

from typing import NamedTuple

from api.amounts import instant
from api.ticks import models
from schemas.decoding import decode_tick
from schemas.messages.fields import Micro, Sha256
from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.rejections import Rejection
from schemas.units import format_amount
from streams.receipts.why import PriceMove, Why


class TickRow(NamedTuple):
    """A tick as history keeps it."""

    body: bytes
    hash: Sha256

    def decoded(self) -> Tick:
        return decode_tick(self.body)


def tick_document(row: TickRow) -> models.Tick:
    """A tick with its receipt."""
    tick = row.decoded()
    return models.Tick(
        tick=tick.tick,
        closed_at=instant(tick.closed_at),
        windows=tick.windows,
        hash=row.hash,
        previous=tick.previous,
        halted=tick.halted,
        markets=[_receipt(market, held) for market, held in zip(tick.markets, tick.players_shares, strict=True)],
        attention=models.TickAttention(
            taken=tick.attention.taken,
            discarded=tick.attention.discarded,
            cap=tick.attention.cap,
            behind_ms=tick.attention.behind_ms,
            stale=tick.attention.stale,
        ),
        orders=models.TickOrders(
            filled=tick.orders.filled,
            rejected={Rejection(code): count for code, count in tick.orders.rejected.items()},
            duplicates=tick.orders.duplicates,
        ),
        commands=[
            models.TickCommand(
                command=command.command,
                by=command.by,
                reason=command.reason,
                applied=command.applied,
                refusal=command.refusal,
                biome=command.biome,
            )
            for command in tick.commands
        ],
        accounts=tick.accounts,
        players_cash_bdt=_amount(tick.players_cash),
        house_fees_bdt=_amount(tick.house_fees),
        fees_bdt=_amount(tick.fees),
        genesis_cash_bdt=_amount(tick.genesis_cash),
        grants_bdt=_amount(tick.grants),
        rules=tick.settings.rules,
        fee_bp=tick.settings.fee_bp,
        pool_bp=tick.settings.pool_bp,
    )


def why_document(tick: Tick, explained: Why) -> models.Why:
    """A tick, explained."""
    return models.Why(
        tick=tick.tick,
        closed_at=instant(tick.closed_at),
        sentences=list(explained.sentences),
        moves=[_move(move) for move in explained.moves],
    )


def _receipt(market: MarketReceipt, held: Micro) -> models.Receipt:
    return models.Receipt(
        biome=market.biome,
        halted=market.halted,
        price_bdt=_amount(market.price),
        attention=market.attention,
        before_bdt=_amount(market.before),
        pooled_bdt=_amount(market.pooled),
        dealt_bdt=_amount(market.dealt),
        bought_bdt=_amount(market.bought),
        sold_bdt=_amount(market.sold),
        cash_bdt=_amount(market.cash),
        shares_bought=_amount(market.shares_bought),
        shares_sold=_amount(market.shares_sold),
        shares=_amount(market.shares),
        treasury_shares=_amount(market.treasury),
        players_shares=_amount(held),
    )


def _move(move: PriceMove) -> models.PriceMove:
    return models.PriceMove(
        biome=move.biome,
        price_before_bdt=format_amount(move.price_before),
        price_bdt=format_amount(move.price),
        by_redistribution_bdt=format_amount(move.by_redistribution),
        by_trades_bdt=format_amount(move.by_trades),
        pooled_bdt=format_amount(move.pooled),
        dealt_bdt=format_amount(move.dealt),
        pool_bdt=format_amount(move.pool),
        attention=move.attention,
        all_attention=move.all_attention,
        cash_before_bdt=format_amount(move.cash_before),
        all_cash_before_bdt=format_amount(move.all_cash_before),
        sentences=list(move.sentences),
    )


def _amount(micro: Micro) -> str:
    return format_amount(int(micro))
