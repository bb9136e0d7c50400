"""What can be checked of a tick with nothing but ticks in hand: alone, and after the one before it.

Pure, and written apart from the market's core: it shares the messages with it and no rule. A fault is a sentence.
"""

from collections.abc import Iterator
from typing import Final

from schemas.messages.market_ticks import MarketReceipt, Tick
from schemas.units import BASIS_POINTS, MICRO

KNOWN_RULES: Final = frozenset({1})
"""Versions of the market's rules by which the pool is computed here again. Of a tick by others only the laws are checked."""


def faults_alone(tick: Tick) -> Iterator[str]:
    """What is wrong with a tick whatever came before it. Nothing when all is well."""
    yield from _conservation(tick)
    yield from _solvency(tick)
    yield from _receipts(tick)
    yield from _redistribution(tick)


def faults_after(tick: Tick, before: Tick) -> Iterator[str]:
    """What is wrong with a tick as the next one after ``before``."""
    if tick.tick != before.tick + 1:
        yield f"tick {before.tick} is not the one before it"
        return
    if tick.inputs.first != before.inputs.last + 1:
        yield f"inputs between {before.inputs.last} and {tick.inputs.first} were folded by no tick, or twice"
    if tick.closed_at < before.closed_at:
        yield "log time steps back"
    if int(tick.house_fees) != int(before.house_fees) + int(tick.fees):
        yield "the fees do not continue"
    if int(tick.grants) < int(before.grants) or tick.genesis_cash != before.genesis_cash:
        yield "genesis or the grants do not continue"
    yield from _markets_continue(tick, before)
    yield from _players_continue(tick, before)
    yield from _shards_continue(tick, before)


def frozen_cash(market: MarketReceipt) -> int:
    """Micro-BDT in the market when this tick's orders filled: after the redistribution, before the trades."""
    return int(market.before) - int(market.pooled) + int(market.dealt)


def frozen_shares(market: MarketReceipt) -> int:
    """Micro-shares of the biome when this tick's orders filled."""
    return int(market.shares) - int(market.shares_bought) + int(market.shares_sold)


def _conservation(tick: Tick) -> Iterator[str]:
    there = int(tick.players_cash) + sum(int(market.cash) for market in tick.markets) + int(tick.house_fees)
    brought = int(tick.genesis_cash) + int(tick.grants)
    if there != brought:
        yield f"law 1: {there} micro-BDT are there and {brought} were brought in"
    for market, players in zip(tick.markets, tick.players_shares, strict=True):
        if int(market.treasury) + int(players) != int(market.shares):
            yield f"law 2: the shares of {market.biome} do not add up"


def _solvency(tick: Tick) -> Iterator[str]:
    for market, players in zip(tick.markets, tick.players_shares, strict=True):
        if min(int(market.cash), int(market.shares), int(market.treasury), int(players)) < 0:
            yield f"law 3: something of {market.biome} is negative"
    if min(int(tick.players_cash), int(tick.house_fees), int(tick.fees)) < 0:
        yield "law 3: players' cash or the fees are negative"


def _receipts(tick: Tick) -> Iterator[str]:
    for market in tick.markets:
        if frozen_cash(market) + int(market.bought) - int(market.sold) != int(market.cash):
            yield f"the receipt of {market.biome} does not add up"
        shares = frozen_shares(market)
        if shares <= 0 or int(market.price) != frozen_cash(market) * MICRO // shares:
            yield f"the price of {market.biome} is not its cash by its shares"
    if sum(market.attention for market in tick.markets) != tick.attention.taken:
        yield "law 10: the attention of the biomes is not what was taken"


def _redistribution(tick: Tick) -> Iterator[str]:
    pooled = [int(market.pooled) for market in tick.markets]
    dealt = [int(market.dealt) for market in tick.markets]
    if sum(pooled) != sum(dealt):
        yield f"law 4: {sum(pooled)} micro-BDT were pooled and {sum(dealt)} were dealt"
        return
    if sum(pooled) and not tick.attention.taken:
        yield "law 4: cash moved without attention"
        return
    if tick.settings.rules not in KNOWN_RULES:
        return
    for market, paid, due in zip(tick.markets, pooled, _contributions(tick), strict=True):
        if paid != due:
            yield f"law 4: {market.biome} paid {paid} micro-BDT into the pool where {due} were due"
    if dealt != _shares_of(sum(pooled), [market.attention for market in tick.markets]):
        yield "law 4: what was dealt is not in proportion to attention"


def _contributions(tick: Tick) -> list[int]:
    """What each biome has to pay into the pool: nothing of a halted one, and nothing without attention."""
    if tick.halted or not tick.attention.taken:
        return [0] * len(tick.markets)
    rate, floor = tick.settings.pool_bp, tick.settings.floor_cash
    return [
        0 if market.halted else max(0, min(int(market.before) * rate // BASIS_POINTS, int(market.before) - floor))
        for market in tick.markets
    ]


def _shares_of(pool: int, points: list[int]) -> list[int]:
    """The pool by the largest remainder: whoever lost most to rounding down gets one of what is left; the earlier biome first."""
    total = sum(points)
    if total == 0:
        return [0] * len(points)
    whole, lost = zip(*(divmod(pool * each, total) for each in points), strict=True)
    left = pool - sum(whole)
    lucky = sorted(range(len(points)), key=lambda biome: (-lost[biome], biome))[:left]
    return [amount + (biome in lucky) for biome, amount in enumerate(whole)]


def _markets_continue(tick: Tick, before: Tick) -> Iterator[str]:
    for market, was in zip(tick.markets, before.markets, strict=True):
        if market.biome != was.biome:
            yield f"{market.biome} stands where {was.biome} stood"
        if market.before != was.cash:
            yield f"the cash of {market.biome} does not continue"
        if frozen_shares(market) != int(was.shares) or market.treasury != was.treasury:
            yield f"the shares of {market.biome} do not continue"


def _players_continue(tick: Tick, before: Tick) -> Iterator[str]:
    came = sum(int(market.sold) - int(market.bought) for market in tick.markets) - int(tick.fees)
    granted = int(tick.grants) - int(before.grants)
    if int(tick.players_cash) != int(before.players_cash) + came + granted:
        yield "the players' cash does not continue"
    for market, now, was in zip(tick.markets, tick.players_shares, before.players_shares, strict=True):
        if int(now) != int(was) + int(market.shares_bought) - int(market.shares_sold):
            yield f"the players' shares of {market.biome} do not continue"


def _shards_continue(tick: Tick, before: Tick) -> Iterator[str]:
    if len(tick.attention.shards) != len(before.attention.shards):
        yield "attention has another number of shards"
        return
    for shard, (now, was) in enumerate(zip(tick.attention.shards, before.attention.shards, strict=True)):
        if was is not None and (now is None or now.offset < was.offset or now.reached < was.reached):
            yield f"attention shard {shard} goes back"
