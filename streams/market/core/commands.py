"""Openings and admin commands: the first work of a tick, in the order of the log.

They come before the tick's redistribution and its orders, so a halt, a freeze, a grant or new settings already hold for
every order of the tick that takes them in, also for those that stand before them in the log.
"""

from typing import Final

from schemas.biomes import BIOME_INDEX
from schemas.messages.market_inputs import ChangeSettings, Command, GrantCash, OpenAccount, SetFreeze, SetHalt
from schemas.messages.market_ticks import CommandReceipt
from schemas.units import Millis
from streams.market.core.account import Accounts, new_account
from streams.market.core.happened import Freeze, Grant, Happened, Opening
from streams.market.core.remembered import Decided
from streams.market.core.state import COMMANDS_REMEMBERED, MOST_CASH, MarketState

EXPIRED: Final = "The command's time was too far from the tick's. Give it again."
TOO_MANY: Final = "Too many commands were given at once. Give it again."
NO_ACCOUNT: Final = "The player has no account."
TOO_MUCH_CASH: Final = f"The game would hold more than {MOST_CASH} micro-BDT, the most that its amounts have room for."
OTHER_SHARDS: Final = "attention_shards cannot change: what the shards have counted would have to be counted again."
RULES_SKIPPED: Final = "Versions of the rules follow each other: only the next one can be switched to, or an older one."
"""So that a slip of the pen does not stop a market until somebody writes version 20 of its rules."""


class CommandDesk:
    """Carries out the openings and commands of one tick, and notes what became of them."""

    def __init__(self, state: MarketState, accounts: Accounts, *, now: Millis) -> None:
        self._state = state
        self._accounts = accounts
        self._now = now
        self.happened: list[Happened] = []
        self.receipts: list[CommandReceipt] = []
        state.commands.forget_what_cannot_return(now)

    def open(self, opening: OpenAccount, *, cause: int) -> str | None:
        """Open an account, the first time. Returns a sentence when its grant is more than the game has room for."""
        if self._accounts.find(opening.player) is not None:
            return None
        if opening.grant > self._state.room_for_grants():
            return TOO_MUCH_CASH
        account = new_account(opening.grant)
        account.over_rate.forgotten_through = self._state.strangers.forgotten_through
        self._accounts.open(opening.player, account)
        self._state.grants += opening.grant
        self.happened.append(Happened(cause, opening.player, Opening(opening.grant)))
        return None

    def carry_out(self, command: Command, *, cause: int) -> None:
        """Carry out a command, once, and write its receipt. A duplicate leaves none."""
        if self._state.commands.knows(command.command_id):
            return
        refusal = self._refusal(command) or self._apply(command, cause=cause)
        self._state.commands.remember(Decided(command.command_id, command.at, self._now), at_most=COMMANDS_REMEMBERED)
        self.receipts.append(_receipt(command, refusal))

    def _refusal(self, command: Command) -> str | None:
        if abs(self._now - command.at) > self._state.settings.deadline_ms:
            return EXPIRED
        if self._state.commands.may_be_forgotten(command.at):
            return TOO_MANY
        return None

    def _apply(self, command: Command, *, cause: int) -> str | None:
        """Change the state; a sentence instead when the command asks for what cannot be."""
        match command:
            case SetHalt():
                self._halt(command)
            case SetFreeze():
                return self._freeze(command, cause=cause)
            case GrantCash():
                return self._grant(command, cause=cause)
            case ChangeSettings():
                return self._change_settings(command)
        return None

    def _halt(self, command: SetHalt) -> None:
        if command.biome is None:
            self._state.halted = command.halted
        else:
            self._state.halted_biomes[BIOME_INDEX[command.biome]] = command.halted

    def _freeze(self, command: SetFreeze, *, cause: int) -> str | None:
        account = self._accounts.find(command.player)
        if account is None:
            return NO_ACCOUNT
        account.frozen = command.frozen
        self.happened.append(Happened(cause, command.player, Freeze(command.command_id, command.reason)))
        return None

    def _grant(self, command: GrantCash, *, cause: int) -> str | None:
        account = self._accounts.find(command.player)
        if account is None:
            return NO_ACCOUNT
        if command.amount > self._state.room_for_grants():
            return TOO_MUCH_CASH
        account.cash += command.amount
        self._state.grants += command.amount
        what = Grant(command.command_id, command.amount, command.reason)
        self.happened.append(Happened(cause, command.player, what))
        return None

    def _change_settings(self, command: ChangeSettings) -> str | None:
        if command.settings.attention_shards != len(self._state.shards):
            return OTHER_SHARDS
        if command.settings.rules > self._state.settings.rules + 1:
            return RULES_SKIPPED
        self._state.settings = command.settings
        return None


def _receipt(command: Command, refusal: str | None) -> CommandReceipt:
    return CommandReceipt(
        command_id=command.command_id,
        command=str(type(command).__struct_config__.tag),
        by=command.by,
        reason=command.reason,
        at=command.at,
        applied=refusal is None,
        refusal=refusal,
        biome=command.biome if isinstance(command, SetHalt) else None,
        player=command.player if isinstance(command, GrantCash | SetFreeze) else None,
    )
