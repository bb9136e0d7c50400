"""Candles: what each price did in a minute, five minutes, an hour, a day, with attention and volume. Pure.

A candle is the ticks that were closed in its span of UTC time. Batches of ticks give partial candles, and a later part adds
to what is there, so history writes them as it goes and never reads an old tick again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schemas.biomes import Biome
from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.messages.trade_events import Filled, TradeEvent
from schemas.units import MicroBdt, MicroShares, Millis, PriceMicro


class Width(StrEnum):
    """How long a candle is."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"

    @property
    def ms(self) -> Millis:
        return _MS[self]

    def start_of(self, at: Millis) -> Millis:
        """When the candle began that holds this moment. Spans are whole in UTC."""
        return at - at % self.ms


_MS = {Width.MINUTE: 60_000, Width.FIVE_MINUTES: 300_000, Width.HOUR: 3_600_000, Width.DAY: 86_400_000}


class CandleKey(NamedTuple):
    """Which candle."""

    biome: Biome
    width: Width
    starts_at: Millis


@dataclass
class Candle:
    """One candle, or the part of it that one batch of ticks gives."""

    first_tick: int
    last_tick: int
    last_closed_at: Millis
    open: PriceMicro
    high: PriceMicro
    low: PriceMicro
    close: PriceMicro
    attention: int = 0
    volume: MicroBdt = 0
    """Cash that trades moved, both ways added, without the fees of buys."""
    share_volume: MicroShares = 0
    trades: int = 0
    """Orders that filled."""

    def take(self, tick: Tick, market: MarketReceipt, *, trades: int) -> None:
        """Add the next tick."""
        price = int(market.price)
        self.last_tick, self.last_closed_at = tick.tick, tick.closed_at
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.attention += market.attention
        self.volume += int(market.bought) + int(market.sold)
        self.share_volume += int(market.shares_bought) + int(market.shares_sold)
        self.trades += trades


def fold_candles(ticks: Iterable[tuple[Tick, Sequence[TradeEvent]]]) -> dict[CandleKey, Candle]:
    """What ticks, in their order and each with its events, add to the candles of every width."""
    candles: dict[CandleKey, Candle] = {}
    for tick, events in ticks:
        trades = Counter(event.order.biome for event in events if isinstance(event, Filled))
        for market in tick.markets:
            for width in Width:
                key = CandleKey(market.biome, width, width.start_of(tick.closed_at))
                candle = candles.setdefault(key, _beginning(tick, int(market.price)))
                candle.take(tick, market, trades=trades[market.biome])
    return candles


def _beginning(tick: Tick, price: PriceMicro) -> Candle:
    return Candle(tick.tick, tick.tick, tick.closed_at, price, price, price, price)
