"""Each call as a value: what to send, and what the answer means. No I/O: the blocking and the async client share it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final, Generic, TypeAlias, TypeVar
from uuid import uuid4

import httpx
import msgspec

from client.models import (
    Accepted,
    Candles,
    Leaderboard,
    Markets,
    Me,
    Order,
    Portfolio,
    PortfolioHistory,
    PriceHistory,
    Quote,
    Token,
    Transactions,
    Why,
)
from client.problems import ProblemError, problem_of

Amount: TypeAlias = Decimal | int | str
"""A ``float`` cannot say 0.1, so it is not one."""

AGAIN: Final = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
"""Answers after which the same call may succeed."""
FIRST_WAIT_SECONDS: Final = 0.2
LONGEST_WAIT_SECONDS: Final = 5.0

_Answer = TypeVar("_Answer")


class Call(Generic[_Answer]):
    """One request. ``may_repeat``: sent twice it happens once, so that it is sent again when no answer comes."""

    def __init__(
        self,
        method: str,
        path: str,
        answer: type[_Answer] | None,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        may_repeat: bool = True,
    ) -> None:
        self.method = method
        self.path = path
        self.params = {name: value for name, value in (params or {}).items() if value is not None}
        self.body = None if body is None else {name: value for name, value in body.items() if value is not None}
        self.may_repeat = may_repeat
        self._decoder = None if answer is None else msgspec.json.Decoder(answer)

    def result(self, answer: httpx.Response) -> _Answer:
        """What the answer says.

        Raises:
            ProblemError: it says no.
        """
        if not answer.is_success:
            raise ProblemError(problem_of(answer))
        if self._decoder is None:
            return None  # type: ignore[return-value]
        return self._decoder.decode(answer.content)


class Attempts:
    """When to send a call again: at what the server says, else after growing waits, and not for ever."""

    def __init__(self, call: Call[Any], *, patience_seconds: float) -> None:
        self._patience = patience_seconds if call.may_repeat else 0.0
        self._wait = FIRST_WAIT_SECONDS

    def wait_after(self, answer: httpx.Response | None) -> float | None:
        """Seconds until the next attempt; None when this answer (None: there was none) is the last word."""
        if answer is not None and answer.status_code not in AGAIN:
            return None
        stated = "" if answer is None else answer.headers.get("Retry-After", "")
        wait = float(stated) if stated.isdigit() else self._wait
        if wait > self._patience:
            return None
        self._patience -= wait
        self._wait = min(2 * self._wait, LONGEST_WAIT_SECONDS)
        return wait


def register(username: str, password: str) -> Call[Token]:
    return Call("POST", "/auth/register", Token, body={"username": username, "password": password}, may_repeat=False)


def login(username: str, password: str) -> Call[Token]:
    return Call("POST", "/auth/login", Token, body={"username": username, "password": password})


def me() -> Call[Me]:
    return Call("GET", "/auth/me", Me)


def markets() -> Call[Markets]:
    return Call("GET", "/biome-market/markets", Markets)


def price_history(biome: str, *, hours: int) -> Call[PriceHistory]:
    return Call("GET", f"/biome-market/price-history/{biome}", PriceHistory, params={"hours": hours})


def candles(biome: str, *, interval: str, limit: int | None, before: datetime | None) -> Call[Candles]:
    params = {"interval": interval, "limit": limit, "before": None if before is None else before.isoformat()}
    return Call("GET", f"/biome-market/candles/{biome}", Candles, params=params)


def why(tick: int) -> Call[Why]:
    return Call("GET", f"/biome-market/ticks/{tick}/why", Why)


def leaderboard(*, by: str, after: int | None, limit: int | None) -> Call[Leaderboard]:
    return Call("GET", "/biome-market/leaderboard", Leaderboard, params={"by": by, "after": after, "limit": limit})


def quote(
    side: str,
    biome: str,
    *,
    amount_bdt: Amount | None,
    shares: Amount | None,
    max_pay_bdt: Amount | None,
    limit_price_bdt: Amount | None,
) -> Call[Quote]:
    body = {
        "side": side,
        "biome": biome,
        "amount_bdt": _text(amount_bdt),
        "shares": _text(shares),
        "max_pay_bdt": _text(max_pay_bdt),
        "limit_price_bdt": _text(limit_price_bdt),
    }
    return Call("POST", "/biome-market/quote", Quote, body=body)


def buy(
    biome: str,
    *,
    amount_bdt: Amount | None,
    shares: Amount | None,
    max_pay_bdt: Amount | None,
    limit_price_bdt: Amount | None,
    client_order_id: str | None,
    wait: bool,
) -> Call[Order]:
    body = {
        "biome": biome,
        "amount_bdt": _text(amount_bdt),
        "shares": _text(shares),
        "max_pay_bdt": _text(max_pay_bdt),
        "limit_price_bdt": _text(limit_price_bdt),
    }
    return _order("buy", body, client_order_id=client_order_id, wait=wait)


def sell(
    biome: str, *, shares: Amount, limit_price_bdt: Amount | None, client_order_id: str | None, wait: bool
) -> Call[Order]:
    body = {"biome": biome, "shares": _text(shares), "limit_price_bdt": _text(limit_price_bdt)}
    return _order("sell", body, client_order_id=client_order_id, wait=wait)


def order(order_id: str) -> Call[Order]:
    return Call("GET", f"/biome-market/orders/{order_id}", Order)


def portfolio(*, at_least_tick: int | None) -> Call[Portfolio]:
    return Call("GET", "/biome-market/portfolio", Portfolio, params={"at_least_tick": at_least_tick})


def portfolio_history(*, hours: int) -> Call[PortfolioHistory]:
    return Call("GET", "/biome-market/portfolio/history", PortfolioHistory, params={"hours": hours})


def transactions(*, after: str | None, limit: int | None) -> Call[Transactions]:
    return Call("GET", "/biome-market/transactions", Transactions, params={"after": after, "limit": limit})


def track_attention(pings: Sequence[tuple[str, int]]) -> Call[Accepted]:
    """Sent twice, it is attention given twice."""
    body = {"pings": [{"biome": biome, "points": points} for biome, points in pings]}
    return Call("POST", "/biome-market/track-attention", Accepted, body=body, may_repeat=False)


def _order(side: str, body: Mapping[str, Any], *, client_order_id: str | None, wait: bool) -> Call[Order]:
    """With an id of its own, so that it may be sent again."""
    identity = {"client_order_id": client_order_id or str(uuid4())}
    return Call(
        "POST", f"/biome-market/{side}", Order, params={"wait": "fill" if wait else None}, body={**body, **identity}
    )


def _text(amount: Amount | None) -> str | None:
    if amount is None:
        return None
    if isinstance(amount, float):
        raise TypeError("An amount is a Decimal, an int or a decimal string: a float cannot say 0.1 exactly.")
    return f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
