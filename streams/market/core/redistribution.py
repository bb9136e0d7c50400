"""Law 4: a part of every biome's cash is pooled and dealt back in proportion to attention, to the micro."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.units import BASIS_POINTS, BasisPoints, MicroBdt


class Redistribution(NamedTuple):
    """What each biome paid into the pool and was dealt out of it, in micro-BDT. The two sums are equal."""

    pooled: tuple[MicroBdt, ...]
    dealt: tuple[MicroBdt, ...]


def redistribute(
    cash: Sequence[MicroBdt],
    attention: Sequence[int],
    *,
    halted: Sequence[bool],
    pool_bp: BasisPoints,
    floor: MicroBdt,
) -> Redistribution:
    """Pool and deal. A halted biome neither pays nor receives; without attention for the others nothing moves."""
    weights = [0 if stopped else points for points, stopped in zip(attention, halted, strict=True)]
    if sum(weights) == 0:
        nothing = (0,) * len(cash)
        return Redistribution(nothing, nothing)
    pooled = tuple(
        0 if stopped else _contribution(amount, pool_bp=pool_bp, floor=floor)
        for amount, stopped in zip(cash, halted, strict=True)
    )
    return Redistribution(pooled, _deal(sum(pooled), weights))


def _contribution(cash: MicroBdt, *, pool_bp: BasisPoints, floor: MicroBdt) -> MicroBdt:
    """A biome's part of the pool, rounded down, that leaves it at its floor at least and is never negative."""
    return max(0, min(cash * pool_bp // BASIS_POINTS, cash - floor))


def _deal(pool: MicroBdt, weights: Sequence[int]) -> tuple[MicroBdt, ...]:
    """The pool by weight with the largest remainder: the micros that rounding down leaves over go one each to the
    largest fractions, equal ones in the fixed order of biomes.
    """
    total = sum(weights)
    dealt = [pool * weight // total for weight in weights]
    left_over = pool - sum(dealt)
    # sorted is stable: biomes with equal remainders stay in their order.
    by_remainder = sorted(range(len(weights)), key=lambda biome: -(pool * weights[biome] % total))
    for biome in by_remainder[:left_over]:
        dealt[biome] += 1
    return tuple(dealt)
