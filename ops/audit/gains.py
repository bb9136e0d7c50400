"""What holdings have cost and gained and which fees were paid, told again from the fills alone. Pure, and written apart from
what history adds up: cost and gain of a sale by the average cost of what is held.
"""

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from ops.audit.books import Outcome
from schemas.messages.market_inputs import OrderKind


class Held(Struct):
    """One biome of one player."""

    shares: int = 0
    cost: int = 0
    gain: int = 0


class Gains:
    """Takes the fills of each player in the order in which they happened."""

    def __init__(self) -> None:
        self.held: defaultdict[tuple[str, str], Held] = defaultdict(Held)
        self.fees: defaultdict[str, int] = defaultdict(int)

    def take(self, outcome: Outcome) -> None:
        """Take in what became of an order."""
        if not outcome.is_fill:
            return
        assert outcome.shares is not None
        assert outcome.cash is not None
        assert outcome.fee is not None
        held = self.held[outcome.player, outcome.biome]
        self.fees[outcome.player] += outcome.fee
        if outcome.kind != OrderKind.SELL_SHARES:
            held.shares, held.cost = held.shares + outcome.shares, held.cost + outcome.cash + outcome.fee
            return
        cost = (
            held.cost * outcome.shares // max(held.shares, outcome.shares)
        )  # never by nothing, also when rows are wrong
        held.shares, held.cost = held.shares - outcome.shares, held.cost - cost
        held.gain += outcome.cash - outcome.fee - cost

    def differing(
        self, accounts: Mapping[str, tuple[int, int]], holdings: Mapping[tuple[str, str], tuple[int, int]]
    ) -> list[str]:
        """Players whose fees and gain, or whose holdings' costs and gains, are others."""
        gains: defaultdict[str, int] = defaultdict(int)
        for (player, _), held in self.held.items():
            gains[player] += held.gain
        nobody, nothing = (0, 0), Held()
        wrong = {
            player
            for player in accounts.keys() | self.fees.keys()
            if accounts.get(player, nobody) != (self.fees.get(player, 0), gains.get(player, 0))
        }
        for place in holdings.keys() | self.held.keys():
            held = self.held.get(place, nothing)
            if holdings.get(place, nobody) != (held.cost, held.gain):
                wrong.add(place[0])
        return sorted(wrong)
