"""Players' accounts: one row each, read once and written back once a tick."""

from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.biomes import BIOMES
from schemas.messages.fields import PlayerId, micro
from schemas.messages.trade_events import AccountAfter
from schemas.units import MicroBdt, MicroShares
from streams.durable.rows import Rows
from streams.market.core.remembered import Remembered

ROW_PREFIX: Final = b"account:"
ORDERS_REMEMBERED: Final = 64
"""Order ids of an account. At most 60 a minute are within the rate, and an id may return for 20 s: 64 cover that."""
REFUSALS_REMEMBERED: Final = 64
"""Ids that were refused for the rate. A flood forgets some, and then refuses whatever is no younger than they were."""

NEVER: Final = 0
"""In place of a tick (they begin at 1)."""


class Account(msgspec.Struct, kw_only=True):
    """One player's money and shares, and what is needed to treat the next order right."""

    v: int = 1
    cash: MicroBdt
    holdings: list[MicroShares]
    frozen: bool = False
    last_buys: list[int]
    """The tick of the last buy, a biome each: the minimum hold counts from it."""
    decided: Remembered
    """Orders that were within the rate, whatever became of them."""
    over_rate: Remembered
    """Orders that were not."""

    def after(self) -> AccountAfter:
        """The account as events show it."""
        return AccountAfter(
            cash=micro(self.cash), holdings=[micro(shares) for shares in self.holdings], frozen=self.frozen
        )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Account)


def new_account(cash: MicroBdt) -> Account:
    return Account(
        cash=cash,
        holdings=[0] * len(BIOMES),
        last_buys=[NEVER] * len(BIOMES),
        decided=Remembered(),
        over_rate=Remembered(),
    )


def account_key(player: PlayerId) -> bytes:
    return ROW_PREFIX + player.encode()


class Accounts:
    """The accounts that one tick touches."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._touched: dict[PlayerId, Account] = {}
        self.cash_added: MicroBdt = 0
        """What ``store`` found to have changed in all the touched accounts together: law 1 is held against it."""
        self.shares_added: list[MicroShares] = [0] * len(BIOMES)

    def find(self, player: PlayerId) -> Account | None:
        """The player's account, to be changed in place; None when there is none."""
        account = self._touched.get(player)
        if account is None:
            row = self._rows.get(account_key(player))
            if row is None:
                return None
            account = self._touched[player] = _decoder.decode(row)
            self._count(account, sign=-1)
        return account

    def open(self, player: PlayerId, account: Account) -> None:
        """Add an account that does not exist yet."""
        self._touched[player] = account

    def touched(self) -> Iterable[Account]:
        return self._touched.values()

    def store(self) -> None:
        """Write the touched accounts back, in the order in which they were touched: the log's."""
        for player, account in self._touched.items():
            self._count(account, sign=1)
            self._rows.put(account_key(player), _encoder.encode(account))

    def _count(self, account: Account, *, sign: int) -> None:
        self.cash_added += sign * account.cash
        for biome, shares in enumerate(account.holdings):
            self.shares_added[biome] += sign * shares
