"""A player's account and holdings, read from one snapshot of PostgreSQL."""

from typing import Any, NamedTuple

from psycopg import AsyncConnection

from api.live.models import AccountEvent, LiveHolding
from api.portfolio.models import Holding, Portfolio
from schemas.biomes import BIOME_INDEX, Biome
from schemas.units import MICRO, MicroBdt, MicroShares, format_amount


class AccountRow(NamedTuple):
    cash: MicroBdt
    frozen: bool
    realized_gain: MicroBdt
    fees_paid: MicroBdt


class HoldingRow(NamedTuple):
    """A holding, with its market after the same tick."""

    biome: Biome
    shares: MicroShares
    cost_basis: MicroBdt
    realized_gain: MicroBdt
    market_cash: MicroBdt
    market_shares: MicroShares

    @property
    def value(self) -> MicroBdt:
        """What a sale of all would bring before the fee, rounded down."""
        return self.shares * self.market_cash // self.market_shares


class AccountRead(NamedTuple):
    """An account as of the newest tick that history has."""

    tick: int
    account: AccountRow | None
    """None: not open yet, or not projected."""
    holdings: list[HoldingRow]


_HOLDINGS = """
SELECT h.biome, h.shares, h.cost_basis, h.realized_gain, p.cash, p.shares
FROM holdings h JOIN prices p ON p.biome = h.biome AND p.tick = %s
WHERE h.player = %s
"""


async def read_account(connection: AsyncConnection[Any], player: str) -> AccountRead:
    """The account of a player. Call it within ``one_snapshot``."""
    cursor = await connection.execute("SELECT coalesce(max(tick), 0) FROM ticks")
    newest = await cursor.fetchone()
    assert newest is not None
    tick: int = newest[0]
    cursor = await connection.execute(
        "SELECT cash, frozen, realized_gain, fees_paid FROM accounts WHERE player = %s", (player,)
    )
    row = await cursor.fetchone()
    cursor = await connection.execute(_HOLDINGS, (tick, player))
    holdings = [HoldingRow(Biome(biome), *columns) for biome, *columns in await cursor.fetchall()]
    holdings.sort(key=lambda holding: BIOME_INDEX[holding.biome])
    return AccountRead(tick, None if row is None else AccountRow(*row), holdings)


def portfolio_document(read: AccountRead, account: AccountRow) -> Portfolio:
    """The portfolio as HTTP shows it."""
    value = sum(holding.value for holding in read.holdings)
    cost = sum(holding.cost_basis for holding in read.holdings)
    return Portfolio(
        tick=read.tick,
        cash_bdt=format_amount(account.cash),
        market_value_bdt=format_amount(value),
        cost_basis_bdt=format_amount(cost),
        net_worth_bdt=format_amount(account.cash + value),
        # Cash is what was granted, without what holdings cost, and with what sales brought beyond their cost.
        granted_bdt=format_amount(account.cash + cost - account.realized_gain),
        realized_gain_bdt=format_amount(account.realized_gain),
        unrealized_gain_bdt=format_amount(value - cost),
        fees_paid_bdt=format_amount(account.fees_paid),
        frozen=account.frozen,
        holdings=[_holding(holding) for holding in read.holdings],
    )


def _holding(holding: HoldingRow) -> Holding:
    average = holding.cost_basis * MICRO // holding.shares if holding.shares else 0
    return Holding(
        biome=holding.biome,
        shares=format_amount(holding.shares),
        cost_basis_bdt=format_amount(holding.cost_basis),
        average_cost_bdt=format_amount(average),
        market_value_bdt=format_amount(holding.value),
        unrealized_gain_bdt=format_amount(holding.value - holding.cost_basis),
        realized_gain_bdt=format_amount(holding.realized_gain),
    )


def account_event(read: AccountRead) -> AccountEvent | None:
    """The account as the stream shows it; None while it is not open."""
    if read.account is None:
        return None
    return AccountEvent(
        tick=read.tick,
        cash_bdt=format_amount(read.account.cash),
        holdings=[
            LiveHolding(biome=holding.biome, shares=format_amount(holding.shares))
            for holding in read.holdings
            if holding.shares
        ],
        frozen=read.account.frozen,
    )
