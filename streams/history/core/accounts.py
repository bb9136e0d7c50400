"""A player's account with its average-cost basis, folded from trade events. Pure; whole micro units.

A buy adds what was paid, fee included, to the cost of the holding. A sale takes the same part of that cost away as it
takes of the shares, rounded down, and gains what was received, fee deducted, over the cost that went.
"""

from dataclasses import dataclass, field

from schemas.biomes import BIOMES, Biome
from schemas.messages.market_inputs import OrderKind
from schemas.messages.trade_events import AccountAfter, Filled, TradeEvent
from schemas.units import MicroBdt, MicroShares


class ProjectionError(Exception):
    """History's own sums disagree with the account that the market published."""


@dataclass
class Holding:
    """One biome of one player."""

    shares: MicroShares = 0
    cost_basis: MicroBdt = 0
    """What the shares that are held have cost, fees included."""
    realized_gain: MicroBdt = 0

    def buy(self, *, shares: MicroShares, paid: MicroBdt) -> None:
        """Take in shares that cost this much, fee included."""
        self.shares += shares
        self.cost_basis += paid

    def sell(self, *, shares: MicroShares, received: MicroBdt) -> MicroBdt:
        """Give away shares for this much, fee deducted. What it gained."""
        cost = self.cost_basis * shares // self.shares
        self.shares -= shares
        self.cost_basis -= cost
        self.realized_gain += received - cost
        return received - cost


@dataclass
class Account:
    """One player, as of the tick of the last event."""

    cash: MicroBdt = 0
    frozen: bool = False
    tick: int = 0
    realized_gain: MicroBdt = 0
    fees_paid: MicroBdt = 0
    holdings: dict[Biome, Holding] = field(default_factory=dict)

    def apply(self, event: TradeEvent) -> None:
        """Take in the next event of this player. An order of a player without an account changes nothing."""
        if isinstance(event, Filled):
            self._fill(event)
        if event.account is not None:
            self.cash = int(event.account.cash)
            self.frozen = event.account.frozen
            self.tick = event.tick

    def _fill(self, event: Filled) -> None:
        shares, cash, fee = int(event.shares), int(event.cash), int(event.fee)
        holding = self.holdings.setdefault(event.order.biome, Holding())
        self.fees_paid += fee
        if event.order.kind is OrderKind.SELL_SHARES:
            if shares > holding.shares:
                raise ProjectionError(
                    f"tick {event.tick}, event {event.index}: sold more shares than history knows of."
                )
            self.realized_gain += holding.sell(shares=shares, received=cash - fee)
        else:
            holding.buy(shares=shares, paid=cash + fee)

    def check(self, after: AccountAfter, *, tick: int) -> None:
        """Compare the shares with what the market says after the tick.

        Raises:
            ProjectionError: they differ, so some event was lost, doubled or wrong.
        """
        for biome, published in zip(BIOMES, after.holdings, strict=True):
            held = self.holdings[biome].shares if biome in self.holdings else 0
            if held != int(published):
                raise ProjectionError(
                    f"tick {tick}: history counts {held} micro-shares of {biome}, the market published {published}."
                )
