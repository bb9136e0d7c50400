"""The blocking client."""

import time
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from httpx_sse import EventSource

from client import calls
from client.calls import Amount, Attempts, Call
from client.certificates import tls_context
from client.models import (
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
from client.problems import ProblemError, UnreachableError, problem_of
from client.stream import PATH, Event, Resumption

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 20.0
"""Waiting for a server that is away, in all: longer than it takes to start again."""

_Answer = TypeVar("_Answer")


class BiomeMarket:
    """One player's way to the market: `with BiomeMarket("http://127.0.0.1:8000") as market: ...`.

    Calls that happen once however often they are sent are sent again when the server is away for a moment: orders
    (each has a client order id, made up when none is given), reads, logging in. All raise ``ProblemError`` when the API says no and
    ``UnreachableError`` when it does not answer.
    """

    def __init__(self, url: str = "http://127.0.0.1:8000", *, token: str | None = None) -> None:
        """``token``: an access token from before, instead of ``login``."""
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", timeout=TIMEOUT_SECONDS, verify=tls_context())
        if token is not None:
            self._use(token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def register(self, username: str, password: str) -> Token:
        """Make a user, whose account is opened with the starting grant, and stay signed in."""
        return self._signed_in(self._do(calls.register(username, password)))

    def login(self, username: str, password: str) -> Token:
        """Sign in, and stay so."""
        return self._signed_in(self._do(calls.login(username, password)))

    def me(self) -> Me:
        """Who is signed in, and whether the account is open."""
        return self._do(calls.me())

    def markets(self) -> Markets:
        """The seven markets after the newest tick."""
        return self._do(calls.markets())

    def price_history(self, biome: str, *, hours: int = 1) -> PriceHistory:
        """Prices of the last hours (1 to 168), oldest first, thinned to what a chart can show."""
        return self._do(calls.price_history(biome, hours=hours))

    def candles(
        self, biome: str, *, interval: str = "1m", limit: int | None = None, before: datetime | None = None
    ) -> Candles:
        """Candles of 1m, 5m, 1h or 1d, oldest first, the newest still in the making."""
        return self._do(calls.candles(biome, interval=interval, limit=limit, before=before))

    def why(self, tick: int) -> Why:
        """Why each price moved at a tick, in words and numbers."""
        return self._do(calls.why(tick))

    def leaderboard(self, *, by: str = "net_worth", after: int | None = None, limit: int | None = None) -> Leaderboard:
        """A page of the ranking by ``net_worth`` or ``realized_gain``, and one's own place."""
        return self._do(calls.leaderboard(by=by, after=after, limit=limit))

    def quote(
        self,
        side: str,
        biome: str,
        *,
        amount_bdt: Amount | None = None,
        shares: Amount | None = None,
        max_pay_bdt: Amount | None = None,
        limit_price_bdt: Amount | None = None,
    ) -> Quote:
        """What ``buy`` or ``sell`` (the side) with these terms would come to at the price now. Nothing is ordered."""
        call = calls.quote(
            side,
            biome,
            amount_bdt=amount_bdt,
            shares=shares,
            max_pay_bdt=max_pay_bdt,
            limit_price_bdt=limit_price_bdt,
        )
        return self._do(call)

    def buy(
        self,
        biome: str,
        *,
        amount_bdt: Amount | None = None,
        shares: Amount | None = None,
        max_pay_bdt: Amount | None = None,
        limit_price_bdt: Amount | None = None,
        client_order_id: str | None = None,
        wait: bool = True,
    ) -> Order:
        """Buy for ``amount_bdt`` (the fee comes on top), or ``shares`` for ``max_pay_bdt`` at most, fee included.

        With ``wait`` it answers when the order is decided, and a rejection raises ProblemError; without, at once and pending.
        """
        call = calls.buy(
            biome,
            amount_bdt=amount_bdt,
            shares=shares,
            max_pay_bdt=max_pay_bdt,
            limit_price_bdt=limit_price_bdt,
            client_order_id=client_order_id,
            wait=wait,
        )
        return self._do(call)

    def sell(
        self,
        biome: str,
        *,
        shares: Amount,
        limit_price_bdt: Amount | None = None,
        client_order_id: str | None = None,
        wait: bool = True,
    ) -> Order:
        """Sell shares; the fee comes off the proceeds. ``wait`` as for ``buy``."""
        call = calls.sell(
            biome, shares=shares, limit_price_bdt=limit_price_bdt, client_order_id=client_order_id, wait=wait
        )
        return self._do(call)

    def order(self, order_id: str) -> Order:
        """One of the player's own orders."""
        return self._do(calls.order(order_id))

    def portfolio(self, *, at_least_tick: int | None = None) -> Portfolio:
        """The account, no older than ``at_least_tick``: give it the tick of an order to see that order in it."""
        return self._do(calls.portfolio(at_least_tick=at_least_tick))

    def portfolio_history(self, *, hours: int = 24) -> PortfolioHistory:
        """Net worth over the last hours (1 to 168), oldest first."""
        return self._do(calls.portfolio_history(hours=hours))

    def transactions(self, *, after: str | None = None, limit: int | None = None) -> Transactions:
        """A page of decided orders, newest first; ``after`` is ``next`` of the page before."""
        return self._do(calls.transactions(after=after, limit=limit))

    def all_transactions(self) -> Iterator[Order]:
        """All decided orders, newest first, page by page."""
        after: str | None = None
        while True:
            page = self.transactions(after=after)
            yield from page.items
            after = page.next
            if after is None:
                return

    def track_attention(self, *pings: tuple[str, int]) -> int:
        """Give attention: pairs of a biome and points. How many were written; what counts is decided under the cap."""
        return self._do(calls.track_attention(pings)).accepted

    def stream(self, *, patience_seconds: float | None = None) -> Iterator[Event]:
        """Every tick, and the player's own orders and account, for ever: begins with a ``Snapshot`` and goes on over broken
        connections, each event once. An order or an account is never left out; a slow reader gets the newest tick. A
        ``StreamStatus`` says that the market stands still or ticks again, or why the connection ends.

        With ``patience_seconds`` it raises UnreachableError after so long without an event of the market, instead of trying on for ever.
        """
        resumption = Resumption(patience_seconds)
        while True:
            try:
                timeout = httpx.Timeout(TIMEOUT_SECONDS, read=resumption.silence_seconds)
                with self._http.stream("GET", PATH, headers=resumption.headers(), timeout=timeout) as answer:
                    if resumption.hopeless(answer):
                        answer.read()
                        raise ProblemError(problem_of(answer))
                    if answer.is_success:
                        for received in EventSource(answer).iter_sse():
                            event = resumption.take(received)
                            if event is not None:
                                yield event
            except httpx.TransportError as broken:  # whatever it was: resume
                resumption.lose_patience(repr(broken))
            else:
                resumption.lose_patience("it ended")
            time.sleep(resumption.next_wait())

    def _signed_in(self, token: Token) -> Token:
        self._use(token.access_token)
        return token

    def _use(self, token: str) -> None:
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _do(self, call: Call[_Answer]) -> _Answer:
        attempts = Attempts(call, patience_seconds=PATIENCE_SECONDS)
        while True:
            answer, fault = self._try(call)
            wait = attempts.wait_after(answer)
            if wait is not None:
                time.sleep(wait)
            elif answer is None:
                raise UnreachableError(f"{call.method} {call.path}: {fault}") from fault
            else:
                return call.result(answer)

    def _try(self, call: Call[Any]) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        try:
            return self._http.request(call.method, call.path, params=call.params, json=call.body), None
        except httpx.TransportError as fault:
            return None, fault
