"""Access tokens: JWT, HS256. Stateless, so any replica takes what another one gave."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt

ALGORITHM = "HS256"
ISSUER = "biome-market"


class SignedIn(NamedTuple):
    """Who a valid token speaks for."""

    player: str
    """The user's UUID, which is the player's id in every log."""
    username: str


class Tokens:
    """Gives and reads tokens."""

    def __init__(self, secret: str, *, hours: int) -> None:
        self._secret = secret
        self._valid = timedelta(hours=hours)

    @property
    def seconds(self) -> int:
        """How long a token is valid."""
        return int(self._valid.total_seconds())

    def give(self, who: SignedIn) -> str:
        """A token for a player."""
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "sub": who.player, "name": who.username, "iat": now, "exp": now + self._valid}
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def read(self, token: str) -> SignedIn | None:
        """Who the token speaks for; None for one that is expired, damaged or not ours."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "sub", "name", "iss"]},
            )
        except jwt.InvalidTokenError:
            return None
        return SignedIn(player=str(claims["sub"]), username=str(claims["name"]))
