"""Access tokens: JWT, HS256. Any replica takes what another one gave, until the user ends their sessions."""

import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import jwt

ALGORITHM = "HS256"
COOKIE = "biome_session"
"""Carries the page's token."""
ISSUER = "biome-market"
OPERATOR = "biome-market-operator"
"""Issuer of tokens that `biome admin` gives itself: whoever has the secret runs the market."""
OPERATOR_SECONDS = 60
"""For one request."""
MOST_REMEMBERED = 20_000
"""Tokens whose signature was found right: checking one again costs as much as the rest of knowing the caller. About 15 MB."""


class SignedIn(NamedTuple):
    """Who a token speaks for."""

    player: str
    """The user's UUID, which is the player's id in every log."""
    username: str
    session: int = 0
    """The user's ``session_version`` when it was given: it is void once that is another one."""
    until: float | None = None
    """Unix time at which the token that was read expires."""


class Tokens:
    """Gives and reads tokens."""

    def __init__(self, secret: str, *, hours: int) -> None:
        self._secret = secret
        self._valid = timedelta(hours=hours)
        self._signed: OrderedDict[str, SignedIn] = OrderedDict()

    @property
    def seconds(self) -> int:
        """How long a token is valid."""
        return int(self._valid.total_seconds())

    def give(self, who: SignedIn) -> str:
        """A token for a player."""
        now = datetime.now(UTC)
        claims = {"sub": who.player, "name": who.username, "ver": who.session, "iat": now, "exp": now + self._valid}
        return jwt.encode(claims | {"iss": ISSUER}, self._secret, algorithm=ALGORITHM)

    def read(self, token: str) -> SignedIn | None:
        """Who the token speaks for; None for one that is expired, damaged or not ours."""
        known = self._signed.get(token)
        if known is None:
            known = self._check(token)
            if known is None:
                return None
            self._signed[token] = known
            if len(self._signed) > MOST_REMEMBERED:
                self._signed.popitem(last=False)
        return known if known.until is not None and known.until > time.time() else None

    def _check(self, token: str) -> SignedIn | None:
        claims = self._claims(token, issuer=ISSUER, required=("exp", "sub", "name", "ver", "iss"))
        if claims is None or not isinstance(claims["ver"], int):
            return None
        return SignedIn(
            player=str(claims["sub"]), username=str(claims["name"]), session=claims["ver"], until=float(claims["exp"])
        )

    def read_operator(self, token: str) -> str | None:
        """The operator's name, if it is an operator's token."""
        claims = self._claims(token, issuer=OPERATOR, required=("exp", "sub", "iss"))
        return None if claims is None else str(claims["sub"])

    def _claims(self, token: str, *, issuer: str, required: tuple[str, ...]) -> dict[str, Any] | None:
        try:
            return jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], issuer=issuer, options={"require": list(required)}
            )
        except jwt.InvalidTokenError:
            return None


def operator_token(secret: str, *, name: str) -> str:
    """A token with which an operator administers the market, for a minute."""
    expires = datetime.now(UTC) + timedelta(seconds=OPERATOR_SECONDS)
    return jwt.encode({"iss": OPERATOR, "sub": name, "exp": expires}, secret, algorithm=ALGORITHM)
