"""Why a price moved, in words and numbers. Pure: from the tick and the one before it.

A price moves by redistribution and by nothing else: a biome pays a part of its cash into the pool and is dealt its part
of the pool by attention. Trades bring or take cash and shares together, at the price. Percentages are for reading and
are rounded; every amount is exact.
"""

from dataclasses import dataclass, replace
from typing import Final

from schemas.biomes import Biome
from schemas.messages.fields import Discard
from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.units import BASIS_POINTS, MicroBdt, MicroShares, Millis, PriceMicro, format_amount, price_rounded_down

HUNDREDTHS: Final = 10_000
"""Of a whole, in hundredths of a per cent."""


@dataclass(frozen=True, kw_only=True)
class PriceMove:
    """Why the price of one biome is what it is at one tick. ``sentences`` says the same in words."""

    biome: Biome
    tick: int
    price_before: PriceMicro
    """Of the tick before; at the first tick, that of genesis."""
    price: PriceMicro
    by_redistribution: PriceMicro
    by_trades: PriceMicro
    """What the trades of the tick before did to it: rounding, a micro or so."""
    pooled: MicroBdt
    dealt: MicroBdt
    pool: MicroBdt
    """What all biomes paid."""
    attention: int
    all_attention: int
    cash_before: MicroBdt
    all_cash_before: MicroBdt
    """Of the biomes that took part."""
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Why:
    """One tick, explained."""

    tick: int
    sentences: tuple[str, ...]
    """What holds for all biomes."""
    moves: tuple[PriceMove, ...]
    """In the order of the biomes."""


def why(tick: Tick, before: Tick | None) -> Why:
    """Explain a tick. ``before`` None: it is the first one.

    Raises:
        ValueError: ``before`` is not the tick before.
    """
    if (0 if before is None else before.tick) + 1 != tick.tick:
        raise ValueError(f"Tick {tick.tick} is explained by tick {tick.tick - 1}, and that is not at hand.")
    return Why(
        tick=tick.tick,
        sentences=tuple(_about_the_tick(tick)),
        moves=tuple(
            _move(tick, market, None if before is None else before.markets[index])
            for index, market in enumerate(tick.markets)
        ),
    )


def _about_the_tick(tick: Tick) -> list[str]:
    attention, said = tick.attention, []
    if tick.halted:
        said.append("The market is halted: nothing is redistributed, and every order is rejected.")
    elif attention.taken == 0:
        said.append("Nobody gave attention since the tick before, so nothing is redistributed and no price moves.")
    else:
        pool = sum(int(market.pooled) for market in tick.markets)
        said.append(
            f"{_count(attention.taken, 'point')} of attention came since the tick before. {format_amount(pool)} BDT were "
            "pooled, and dealt back in proportion to attention."
        )
    if attention.stale:
        said.append(f"{_how_late(attention.behind_ms)}, so no order filled in this tick.")
    discarded = [f"{count} {_REASONS[reason]}" for reason, count in attention.discarded.items()]
    if discarded:
        said.append(f"Not counted: {', '.join(discarded)}.")
    if tick.windows > 1:
        said.append(f"The tick covers {tick.windows} windows: the market stood still for a while.")
    said += [
        f"{command.by} gave the command {command.command}: {command.reason}"
        for command in tick.commands
        if command.applied
    ]
    return said


_REASONS: Final = {
    Discard.OVER_CAP: "points over a player's cap",
    Discard.WRONG_PARTITION: "points in the wrong partition",
    Discard.MALFORMED: "messages that could not be understood",
    Discard.HALTED: "points for halted biomes",
}


def _how_late(behind_ms: Millis | None) -> str:
    if behind_ms is None:
        return "Attention has not been counted everywhere yet"
    return f"The count of attention was {behind_ms / 1000:.1f} s late"


def _move(tick: Tick, market: MarketReceipt, was: MarketReceipt | None) -> PriceMove:
    took_part = [other for other in tick.markets if not other.halted]
    after_trades = _price_before_redistribution(market)
    price, price_before = int(market.price), after_trades if was is None else int(was.price)
    move = PriceMove(
        biome=market.biome,
        tick=tick.tick,
        price_before=price_before,
        price=price,
        by_redistribution=price - after_trades,
        by_trades=after_trades - price_before,
        pooled=int(market.pooled),
        dealt=int(market.dealt),
        pool=sum(int(other.pooled) for other in tick.markets),
        attention=market.attention,
        all_attention=tick.attention.taken,
        cash_before=int(market.before),
        all_cash_before=sum(int(other.before) for other in took_part),
        sentences=(),
    )
    said = (_headline(move), *_redistribution(tick, market, move), *_trades_before(was, move), *_trades_now(market))
    return replace(move, sentences=said)


def _price_before_redistribution(market: MarketReceipt) -> PriceMicro:
    shares: MicroShares = int(market.shares) - int(market.shares_bought) + int(market.shares_sold)
    return price_rounded_down(int(market.before), shares)


def _headline(move: PriceMove) -> str:
    price = f"{format_amount(move.price)} BDT a share"
    if move.price == move.price_before:
        return f"{move.biome} stays at {price}."
    change = _signed_percent(move.price - move.price_before, move.price_before)
    verb = "rises" if move.price > move.price_before else "falls"
    return f"{move.biome} {verb} from {format_amount(move.price_before)} to {price} ({change})."


def _redistribution(tick: Tick, market: MarketReceipt, move: PriceMove) -> list[str]:
    if tick.halted:
        return ["The whole market is halted, so it neither pays nor receives."]
    if market.halted:
        return ["It is halted, so it neither pays nor receives."]
    if move.all_attention == 0:
        return ["Without attention nothing is pooled."]
    return [_paid(tick, move), _was_dealt(move), _so(move)]


def _paid(tick: Tick, move: PriceMove) -> str:
    settings = tick.settings
    cash = f"its {format_amount(move.cash_before)} BDT"
    if move.pooled == 0 and settings.pool_bp:
        return f"It has {cash.removeprefix('its ')}, not more than the floor of {format_amount(settings.floor_cash)} BDT, so it pays nothing."
    paid = f"It pays {format_amount(move.pooled)} BDT of {cash} into the pool"
    if move.pooled == move.cash_before * settings.pool_bp // BASIS_POINTS:
        return f"{paid} ({_percent(settings.pool_bp, BASIS_POINTS)}, as every biome does)."
    return f"{paid}: all that is above the floor of {format_amount(settings.floor_cash)} BDT."


def _was_dealt(move: PriceMove) -> str:
    of_attention = f"{move.attention} of {_count(move.all_attention, 'point')} of attention"
    return (
        f"It is dealt {format_amount(move.dealt)} of the {format_amount(move.pool)} BDT in the pool, for {of_attention} "
        f"({_percent(move.attention, move.all_attention)})."
    )


def _so(move: PriceMove) -> str:
    gained = move.dealt - move.pooled
    if gained == 0:
        return "It is dealt what it paid, so its price does not move."
    held = _percent(move.cash_before, move.all_cash_before)
    given = _percent(move.attention, move.all_attention)
    if gained > 0:
        return f"It held {held} of the cash and drew {given} of the attention: {format_amount(gained)} BDT more for the same shares."
    return f"It held {held} of the cash and drew {given} of the attention: {format_amount(-gained)} BDT less for the same shares."


def _trades_before(was: MarketReceipt | None, move: PriceMove) -> list[str]:
    if was is None:
        return []
    bought, sold = int(was.bought), int(was.sold)
    if bought == sold == 0:
        return []
    brought = [f"buys brought {format_amount(bought)} BDT"] if bought else []
    took = [f"sales took {format_amount(sold)} BDT"] if sold else []
    moved = f"but for rounding ({format_amount(move.by_trades)} BDT)" if move.by_trades else "at all"
    trades = " and ".join(brought + took)
    return [
        f"At the tick before, {trades}, with shares for it at the price: that alone does not move the price {moved}.",
        "But that cash is now part of what is pooled and dealt.",
    ]


def _trades_now(market: MarketReceipt) -> list[str]:
    bought, sold = int(market.bought), int(market.sold)
    if bought == sold == 0:
        return []
    moved = f"buys bring {format_amount(bought)} BDT and sales take {format_amount(sold)} BDT"
    return [f"At this price {moved}: the next ticks redistribute what is there then."]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _percent(part: int, whole: int) -> str:
    """Two decimals, rounded half up, without a float."""
    hundredths = 0 if whole == 0 else (2 * part * HUNDREDTHS + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _signed_percent(change: int, whole: int) -> str:
    if whole == 0:
        return "from nothing"
    return f"{'-' if change < 0 else '+'}{_percent(abs(change), whole)}"
