"""What an account was worth at earlier ticks: walked back from what it holds now. Pure; whole micro units."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.biomes import Biome
from schemas.units import MICRO, MicroBdt, MicroShares, Millis, PriceMicro


class Change(NamedTuple):
    """What a tick brought into the account; what it took away is negative."""

    tick: int
    cash: MicroBdt
    biome: Biome | None = None
    shares: MicroShares = 0


class Close(NamedTuple):
    """The prices after a tick."""

    tick: int
    closed_at: Millis
    prices: Mapping[Biome, PriceMicro]


class Worth(NamedTuple):
    """The account after a tick."""

    tick: int
    closed_at: Millis
    cash: MicroBdt
    net_worth: MicroBdt


def walk_back(
    *,
    cash: MicroBdt,
    shares: Mapping[Biome, MicroShares],
    changes: Iterable[Change],
    closes: Iterable[Close],
) -> list[Worth]:
    """The account after each of the ticks, oldest first, from what it has after all changes.

    Changes between two closes may be summed into one that names any tick after the first and up to the second.
    """
    held = dict(shares)
    to_undo = sorted(changes, key=lambda change: change.tick)
    worths = []
    for close in sorted(closes, key=lambda close: close.tick, reverse=True):
        while to_undo and to_undo[-1].tick > close.tick:
            change = to_undo.pop()
            cash -= change.cash
            if change.biome is not None:
                held[change.biome] -= change.shares
        value = sum(amount * close.prices[biome] // MICRO for biome, amount in held.items() if amount)
        worths.append(Worth(close.tick, close.closed_at, cash, cash + value))
    worths.reverse()
    return worths
