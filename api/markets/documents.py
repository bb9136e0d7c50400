"""The markets of a tick as documents."""

from api.amounts import instant
from api.markets.day_ago import DayAgoPrices
from api.markets.models import Market, Markets
from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.units import format_amount


def markets_document(tick: Tick, day_ago: DayAgoPrices) -> Markets:
    """The seven markets after a tick."""
    return Markets(
        tick=tick.tick,
        closed_at=instant(tick.closed_at),
        markets=[_market(receipt, market_halted=tick.halted, day_ago=day_ago) for receipt in tick.markets],
    )


def _market(receipt: MarketReceipt, *, market_halted: bool, day_ago: DayAgoPrices) -> Market:
    price = int(receipt.price)
    return Market(
        biome=receipt.biome,
        price_bdt=format_amount(price),
        market_cash_bdt=format_amount(int(receipt.cash)),
        total_shares=format_amount(int(receipt.shares)),
        attention=receipt.attention,
        change_24h_pct=day_ago.change_pct(receipt.biome, price),
        halted=market_halted or receipt.halted,
    )
