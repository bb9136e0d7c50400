"""The versions of the rules. Which one is in force is a setting of the market, and so an input in its log: a log is folded
again by the rules by which it was folded first, on whatever newer code (law 7).

To change a rule: write the new function beside the old one, add a version here that uses it, and let all workers (and
the auditor) run the new code. Then give the command that switches (docs/operations.md). A version stays as long as a
retained log has a tick by it.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from schemas.decoding import Undecodable, decode_market_input
from schemas.messages.market_inputs import MarketInput, MarketSettings, PlaceOrder
from schemas.rejections import Rejection
from schemas.units import BasisPoints, MicroBdt
from streams.durable.fold import CannotFoldError
from streams.market.core.filling import Fill, FrozenMarket, fill
from streams.market.core.redistribution import Redistribution, redistribute


class Redistribute(Protocol):
    """Law 4."""

    def __call__(
        self,
        cash: Sequence[MicroBdt],
        attention: Sequence[int],
        *,
        halted: Sequence[bool],
        pool_bp: BasisPoints,
        floor: MicroBdt,
    ) -> Redistribution: ...


class FillOrder(Protocol):
    """Law 6, and the reasons of a rejection that need no account."""

    def __call__(
        self, order: PlaceOrder, market: FrozenMarket, settings: MarketSettings, *, already_traded: MicroBdt
    ) -> Fill | Rejection: ...


class Rules(NamedTuple):
    """One version."""

    decode: Callable[[bytes | None], MarketInput | Undecodable]
    redistribute: Redistribute
    fill: FillOrder


OLDEST: Final = 1
"""By which whatever stands before genesis is decoded, and genesis itself."""

RULES: Final = {1: Rules(decode_market_input, redistribute, fill)}


def rules_of(version: int) -> Rules:
    """The rules of a version.

    Raises:
        CannotFoldError: this code does not know it. Folding on by others would make other ticks than newer code does.
    """
    rules = RULES.get(version)
    if rules is None:
        raise CannotFoldError(
            f"The log asks for version {version} of the market's rules, and this code knows {OLDEST} to {max(RULES)}. "
            "Run the newer code on every worker and on the auditor: they go on from here."
        )
    return rules
