"""`biome smoke`: does a running Biome Market do what it promises? Over HTTP alone, by the client package, against any base
URL.

One line for each promise; the first one that is broken ends it.
"""

import secrets
import time
from collections.abc import Iterator
from decimal import Decimal

import httpx

from client import Account, BiomeMarket, BiomeMarketError, Event, Markets, Order, Snapshot, Tick
from schemas.biomes import BIOMES

EVENTS_SECONDS = 60.0
"""Longest wait for what a stream has to tell: ticks come twice a second. How many of them may pass is said in ticks."""
ORDER_BDT = Decimal(25)
PING_POINTS = 5


class SmokeFailure(Exception):  # noqa: N818 -- a sentence for a person
    """A promise that was not kept, as a sentence."""


class Smoke:
    """The checks, in order; each one returns what it saw. ``patience`` is in ticks."""

    def __init__(self, url: str, *, patience: int) -> None:
        self._url = url
        self._patience = patience
        self._market = BiomeMarket(url)
        self._name = f"smoke-{secrets.token_hex(6)}"
        self._password = secrets.token_urlsafe(16)

    def close(self) -> None:
        self._market.close()

    def health(self) -> str:
        for path in ("health", "health/ready"):
            answer = httpx.get(f"{self._url}/api/v1/{path}", timeout=30.0)
            _demand(answer.status_code == httpx.codes.OK, f"{path} answered {answer.status_code}: {answer.text[:500]}")
        return f"ready: {answer.json()}"

    def register(self) -> str:
        player = self._market.register(self._name, self._password).player
        _demand(player.username == self._name, "registering answers with another user name")
        return f"player {player.id}"

    def login(self) -> str:
        self._market.login(self._name, self._password)
        _demand(self._market.me().username == self._name, "auth/me does not name the user who logged in")
        return f"as {self._name}"

    def seven_markets(self) -> str:
        now = self._market.markets()
        biomes = [market.biome for market in now.markets]
        _demand(biomes == list(BIOMES), f"markets are {biomes}")
        _demand(all(market.price_bdt > 0 for market in now.markets), "a market has no price")
        return f"tick {now.tick}: " + ", ".join(f"{market.biome} {market.price_bdt}" for market in now.markets)

    def portfolio(self) -> str:
        portfolio = self._market.portfolio()
        _demand(portfolio.cash_bdt > 0, "a new account has no cash")
        _demand(not any(held.shares for held in portfolio.holdings), "a new account has shares")
        return f"{portfolio.cash_bdt} BDT"

    def ping_moves_a_price(self) -> str:
        """Attention goes to the poorest biome, which can only gain by it."""
        events = self._events()
        before = next(event for event in events if isinstance(event, Markets))
        poorest = min(before.markets, key=lambda market: market.market_cash_bdt)
        self._market.track_attention((poorest.biome, PING_POINTS))
        # The tick that is next on the stream may have been decided before the ping was taken.
        for _, tick in zip(range(self._patience), (event for event in events if isinstance(event, Tick)), strict=False):
            market = tick.market(poorest.biome)
            if market.attention >= PING_POINTS and market.price_bdt != poorest.price_bdt:
                return f"{poorest.biome}: {poorest.price_bdt} to {market.price_bdt} at tick {tick.tick}"
        raise SmokeFailure(f"attention for {poorest.biome} moved no price within {self._patience} ticks")

    def buy_fills_at_the_next_tick(self) -> str:
        before = self._market.markets().tick
        order = self._bought = self._market.buy("forest", amount_bdt=ORDER_BDT)
        self._filled_soon(order, before)
        _demand(order.cash_bdt == ORDER_BDT, f"it paid {order.cash_bdt} BDT")
        held = {held.biome: held.shares for held in self._market.portfolio(at_least_tick=order.tick).holdings}
        _demand(held.get("forest") == order.shares, f"the portfolio shows {held} after buying {order.shares}")
        return f"{order.shares} shares of forest at {order.price_bdt} BDT, tick {order.tick}"

    def the_same_order_sent_twice_happens_once(self) -> str:
        again = self._market.buy("forest", amount_bdt=ORDER_BDT, client_order_id=self._bought.client_order_id)
        _demand(again == self._bought, f"the same client order id made another order: {again}")
        return f"order {again.order_id} once, at tick {again.tick}"

    def sell(self) -> str:
        before = self._market.markets().tick
        assert self._bought.shares is not None
        order = self._market.sell("forest", shares=self._bought.shares)
        self._filled_soon(order, before)
        return f"{order.shares} shares for {order.cash_bdt} BDT, fee {order.fee_bdt}, tick {order.tick}"

    def transactions(self) -> str:
        sides = [order.side for order in self._market.all_transactions()]
        _demand(sides == ["sell", "buy"], f"transactions are {sides}")
        return f"{len(sides)} orders, newest first"

    def stream(self) -> str:
        events = self._events()
        first = next(events)
        _demand(isinstance(first, Snapshot), f"the stream begins with {first}")
        placed = self._market.buy("snow", amount_bdt=ORDER_BDT, wait=False)
        seen: set[type[Event]] = set()
        for event in events:
            if not isinstance(event, Order) or (event.order_id, event.status) == (placed.order_id, "filled"):
                seen.add(type(event))
            if {Tick, Order, Account} <= seen:
                return "snapshot, tick, order, account"
        raise SmokeFailure("the stream told neither of the order nor of the account")

    def _filled_soon(self, order: Order, before: int) -> None:
        """It must fill in a tick that comes after it, and soon: some pass while it is on its way."""
        _demand(order.status == "filled" and order.tick is not None, f"the order is {order.status}")
        assert order.tick is not None
        _demand(order.tick > before, "it filled at a price that was known when it was placed")
        _demand(
            order.tick <= before + self._patience,
            f"it was placed at tick {before} and filled only at tick {order.tick}",
        )

    def _events(self) -> Iterator[Event]:
        """The stream, for as long as a check may take. Ticks end it in time, since they never stop coming."""
        until = time.monotonic() + EVENTS_SECONDS
        for event in self._market.stream(patience_seconds=EVENTS_SECONDS):
            yield event
            if time.monotonic() > until:
                return


def run(url: str, *, patience: int) -> int:
    """Run the checks against a base URL and print a line for each. Returns the exit status."""
    began = time.monotonic()
    smoke = Smoke(url.rstrip("/"), patience=patience)
    checks = (
        smoke.health,
        smoke.register,
        smoke.login,
        smoke.seven_markets,
        smoke.portfolio,
        smoke.ping_moves_a_price,
        smoke.buy_fills_at_the_next_tick,
        smoke.the_same_order_sent_twice_happens_once,
        smoke.sell,
        smoke.transactions,
        smoke.stream,
    )
    try:
        for check in checks:
            name = check.__name__.replace("_", " ")
            try:
                print(f"[OK] {name}: {check()}", flush=True)
            except SmokeFailure as failure:
                print(f"[FAILED] {name}: {failure}")
                return 1
            except (BiomeMarketError, httpx.HTTPError, StopIteration, KeyError, ValueError) as fault:
                print(f"[FAILED] {name}: {type(fault).__name__}: {fault}. Is Biome Market running at {url}?")
                return 1
    finally:
        smoke.close()
    print(f"All {len(checks)} promises kept, in {time.monotonic() - began:.1f} s.")
    return 0


def _demand(kept: bool, otherwise: str) -> None:  # noqa: FBT001 -- reads as a sentence
    if not kept:
        raise SmokeFailure(otherwise)
