"""Who asks, and what they may do."""

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    PLAYER = "player"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a key may be used for. None includes another one."""

    READ = "read"
    """The player's own portfolio, orders and stream."""
    TRADE = "trade"
    """Orders and attention in the player's name."""
    ADMIN = "admin"
    """Everything under /admin. Only admins' keys can have it, and it is worth nothing once they are none."""


SCOPES_OF_A_SESSION: dict[Role, frozenset[Scope]] = {
    Role.PLAYER: frozenset({Scope.READ, Scope.TRADE}),
    Role.ADMIN: frozenset(Scope),
}
"""Who signs in with a password may do all that their role may."""


class Caller(NamedTuple):
    """Who a request comes from. A program with a key is the player whose key it is, as far as its scopes reach."""

    player: str
    """The user's UUID; of an operator on the machine, who is nobody's user, ``operator``."""
    username: str
    scopes: frozenset[Scope]
    key: str | None = None
    """Id of the API key; None for a session."""
    key_name: str | None = None
    until: float | None = None
    """Unix time at which the token or the key expires. None: never, or within a minute."""

    @property
    def name(self) -> str:
        """How the caller is recorded."""
        return self.username if self.key_name is None else f"{self.username}, key {self.key_name}"

    @property
    def counted_as(self) -> str:
        """What their requests are counted by: each key for itself, and all sessions together."""
        return self.key or self.player


OPERATOR_PLAYER = "operator"


def operator(name: str) -> Caller:
    """An operator on the machine: administers, and has no account."""
    return Caller(OPERATOR_PLAYER, f"operator {name}", frozenset({Scope.ADMIN}))
