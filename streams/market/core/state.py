"""The market's own state: one row, written with every tick."""

from typing import Final

import msgspec

from schemas.biomes import BIOMES
from schemas.messages.fields import Discard, Sha256
from schemas.messages.market_inputs import Genesis, MarketSettings
from schemas.messages.market_ticks import NO_PREVIOUS
from schemas.units import MicroBdt, MicroShares, Millis
from streams.market.core.remembered import Remembered

ROW_KEY: Final = b"market"

MOST_CASH: Final = 9 * 10**16
"""Micro-BDT in the whole game, 90 billion BDT. A buy fills at 0.01 BDT a share or more, so no biome ever has more than a
hundred times as many micro-shares, and those stay under 2^63: every amount fits a BIGINT. Grants beyond it are refused."""

COMMANDS_REMEMBERED: Final = 1_000
"""Ids of admin commands: people give far fewer in the 20 s for which an id may return."""
STRANGERS_REMEMBERED: Final = 1_000
"""Ids of orders from players without an account. The API sends none but in the moment of an opening."""


class ShardCounters(msgspec.Struct, kw_only=True, frozen=True):
    """The last report that was taken of one attention shard."""

    offset: int
    reached: Millis
    taken: list[int]
    discarded: dict[Discard, int]


class MarketState(msgspec.Struct, kw_only=True):
    """Everything but the accounts. Lists of seven are in the order of the biomes."""

    v: int = 1
    settings: MarketSettings
    tick: int = 0
    """The last tick that was closed."""
    closed_at: Millis
    """Log time of its mark; of genesis, before the first tick."""
    previous: Sha256 = NO_PREVIOUS
    """Hash of the last tick."""

    halted: bool = False
    """The whole market."""
    halted_biomes: list[bool]
    cash: list[MicroBdt]
    shares: list[MicroShares]
    treasury: list[MicroShares]

    players_cash: MicroBdt = 0
    players_shares: list[MicroShares]
    house_fees: MicroBdt = 0
    genesis_cash: MicroBdt
    grants: MicroBdt = 0

    shards: list[ShardCounters | None]
    cap: int | None = None
    """Of the last report that was taken."""

    commands: Remembered
    strangers: Remembered
    """Orders of players without an account: one that was refused must not fill once the account is open."""

    def stopped(self) -> list[bool]:
        """Of each biome, whether it or the whole market is halted."""
        return [self.halted or halted for halted in self.halted_biomes]

    def room_for_grants(self) -> MicroBdt:
        """How much may still be granted."""
        return MOST_CASH - self.genesis_cash - self.grants


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(MarketState)


def state_at_genesis(genesis: Genesis, *, at: Millis) -> MarketState:
    """Equal markets, all shares in the treasury, no account."""
    biomes = len(BIOMES)
    return MarketState(
        settings=genesis.settings,
        closed_at=at,
        halted_biomes=[False] * biomes,
        cash=[genesis.cash] * biomes,
        shares=[genesis.treasury] * biomes,
        treasury=[genesis.treasury] * biomes,
        players_shares=[0] * biomes,
        genesis_cash=genesis.cash * biomes,
        shards=[None] * genesis.settings.attention_shards,
        commands=Remembered(),
        strangers=Remembered(),
    )


def state_to_row(state: MarketState) -> bytes:
    return _encoder.encode(state)


def state_from_row(row: bytes) -> MarketState:
    """Raises msgspec.MsgspecError when the row is damaged."""
    return _decoder.decode(row)
