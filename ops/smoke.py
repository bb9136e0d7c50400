"""`biome smoke`: does a running Biome Market do what it promises? Over HTTP alone, against any base URL.

One line for each promise; the first one that is broken ends it.
"""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from schemas.biomes import BIOMES
from schemas.units import parse_amount

STREAM_SECONDS = 15.0
"""Longest wait for one event of the stream: ticks come twice a second."""
ORDER_BDT = "25"
PING_POINTS = 5


class SmokeFailure(Exception):  # noqa: N818 -- a sentence for a person
    """A promise that was not kept, as a sentence."""


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    data: Any


class Smoke:
    """The checks, in order; each one returns what it saw."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._name = f"smoke-{secrets.token_hex(6)}"
        self._password = secrets.token_urlsafe(16)

    def health(self) -> str:
        ready = self._json("GET", "/health/ready")
        self._json("GET", "/health")
        return f"ready: {ready}"

    def register(self) -> str:
        document = self._json("POST", "/auth/register", expect=201, json=self._credentials())
        _demand(document["player"]["username"] == self._name, "registering answers with another user name")
        return f"player {document['player']['id']}"

    def login(self) -> str:
        document = self._json("POST", "/auth/login", json=self._credentials())
        self._http.headers["Authorization"] = f"Bearer {document['access_token']}"
        me = self._json("GET", "/auth/me")
        _demand(self._name in json.dumps(me), "auth/me does not name the user who logged in")
        return f"as {self._name}"

    def seven_markets(self) -> str:
        document = self._markets()
        biomes = [market["biome"] for market in document["markets"]]
        _demand(biomes == list(BIOMES), f"markets are {biomes}")
        for market in document["markets"]:
            _demand(parse_amount(market["price_bdt"]) > 0, f"{market['biome']} has no price")
            self._json("GET", f"/biome-market/markets/{market['biome']}")
        prices = ", ".join(f"{market['biome']} {market['price_bdt']}" for market in document["markets"])
        return f"tick {document['tick']}: {prices}"

    def portfolio(self) -> str:
        portfolio = self._json("GET", "/biome-market/portfolio")
        _demand(parse_amount(portfolio["cash_bdt"]) > 0, "a new account has no cash")
        _demand(not any(parse_amount(held["shares"]) for held in portfolio["holdings"]), "a new account has shares")
        return f"{portfolio['cash_bdt']} BDT"

    def ping_moves_a_price(self) -> str:
        """Attention goes to the poorest biome, which can only gain by it."""
        with self._stream() as events:
            before = next(event.data for event in events if event.name in ("snapshot", "tick"))
            poorest = min(before["markets"], key=lambda market: parse_amount(market["market_cash_bdt"]))
            self._json(
                "POST",
                "/biome-market/track-attention",
                expect=202,
                json={"biome": poorest["biome"], "points": PING_POINTS},
            )
            # The tick that is next on the stream may have been decided before the ping was taken.
            waited = [event.data for event in _take_ticks(events, 3)]
        for tick in waited:
            market = next(market for market in tick["markets"] if market["biome"] == poorest["biome"])
            if market["attention"] >= PING_POINTS and market["price_bdt"] != poorest["price_bdt"]:
                return f"{poorest['biome']}: {poorest['price_bdt']} to {market['price_bdt']} at tick {tick['tick']}"
        raise SmokeFailure(f"attention for {poorest['biome']} moved no price within two ticks")

    def buy_fills_at_the_next_tick(self) -> str:
        order = self._order("buy", biome="forest", amount_bdt=ORDER_BDT)
        _demand(parse_amount(order["cash_bdt"]) == parse_amount(ORDER_BDT), f"it paid {order['cash_bdt']} BDT")
        portfolio = self._json("GET", "/biome-market/portfolio", params={"at_least_tick": order["tick"]})
        held = {held["biome"]: held["shares"] for held in portfolio["holdings"]}
        _demand(held.get("forest") == order["shares"], f"the portfolio shows {held} after buying {order['shares']}")
        self._bought = order
        return f"{order['shares']} shares of forest at {order['price_bdt']} BDT, tick {order['tick']}"

    def the_same_order_sent_twice_happens_once(self) -> str:
        again = self._json(
            "POST",
            "/biome-market/buy",
            params={"wait": "fill"},
            json={"biome": "forest", "amount_bdt": ORDER_BDT, "client_order_id": self._bought["client_order_id"]},
        )
        _demand(again["order_id"] == self._bought["order_id"], "the same client order id made another order")
        _demand(again["tick"] == self._bought["tick"], "the same order was filled twice")
        return f"order {again['order_id']} once, at tick {again['tick']}"

    def sell(self) -> str:
        order = self._order("sell", biome="forest", shares=self._bought["shares"])
        return f"{order['shares']} shares for {order['cash_bdt']} BDT, fee {order['fee_bdt']}, tick {order['tick']}"

    def transactions(self) -> str:
        items = self._json("GET", "/biome-market/transactions")["items"]
        sides = [item["side"] for item in items]
        _demand(sides == ["sell", "buy"], f"transactions are {sides}")
        return f"{len(items)} orders, newest first"

    def stream(self) -> str:
        with self._stream() as events:
            first = next(events)
            _demand(first.name == "snapshot", f"the stream begins with {first.name}")
            answer = self._json(
                "POST", "/biome-market/buy", expect=202, json={"biome": "snow", "amount_bdt": ORDER_BDT}
            )
            seen: set[str] = set()
            for event in events:
                mine = event.name != "order" or event.data["order_id"] == answer["order_id"]
                settled = event.name != "order" or event.data["status"] == "filled"
                if mine and settled:
                    seen.add(event.name)
                if {"tick", "order", "account"} <= seen:
                    return "snapshot, tick, order, account"
        raise SmokeFailure("the stream ended")

    def _credentials(self) -> dict[str, str]:
        return {"username": self._name, "password": self._password}

    def _markets(self) -> Any:
        return self._json("GET", "/biome-market/markets")

    def _order(self, side: str, **order: str) -> Any:
        """Place an order and wait: it must fill within the ticks that pass while it is on its way, at most two."""
        before = self._markets()["tick"]
        order["client_order_id"] = secrets.token_hex(8)
        filled = self._json("POST", f"/biome-market/{side}", params={"wait": "fill"}, json=order)
        _demand(filled["status"] == "filled", f"the order is {filled['status']}")
        _demand(filled["tick"] > before, "it filled at a price that was known when it was placed")
        _demand(
            filled["tick"] <= before + 3, f"it was placed at tick {before} and filled only at tick {filled['tick']}"
        )
        return filled

    def _json(self, method: str, path: str, *, expect: int = 200, **options: Any) -> Any:
        answer = self._http.request(method, path, **options)
        if answer.status_code != expect:
            raise SmokeFailure(
                f"{method} {path} answered {answer.status_code} instead of {expect}: {answer.text[:500]}"
            )
        return answer.json()

    @contextmanager
    def _stream(self) -> Iterator[Iterator[Event]]:
        with self._http.stream("GET", "/biome-market/stream", timeout=STREAM_SECONDS) as answer:
            if answer.status_code != httpx.codes.OK:
                raise SmokeFailure(f"the stream answered {answer.status_code}")
            yield _events(answer)


def run(url: str) -> int:
    """Run the checks against a base URL and print a line for each. Returns the exit status."""
    began = time.monotonic()
    with httpx.Client(base_url=f"{url.rstrip('/')}/api/v1", timeout=30.0) as http:
        smoke = Smoke(http)
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
        for check in checks:
            name = check.__name__.replace("_", " ")
            try:
                print(f"[OK] {name}: {check()}", flush=True)
            except SmokeFailure as failure:
                print(f"[FAILED] {name}: {failure}")
                return 1
            except (httpx.HTTPError, StopIteration, KeyError, ValueError) as fault:
                print(f"[FAILED] {name}: {type(fault).__name__}: {fault}. Is Biome Market running at {url}?")
                return 1
    print(f"All {len(checks)} promises kept, in {time.monotonic() - began:.1f} s.")
    return 0


def _events(answer: httpx.Response) -> Iterator[Event]:
    name, data = "message", ""
    for line in answer.iter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data += line.removeprefix("data:").strip()
        elif not line and data:
            yield Event(name, json.loads(data))
            name, data = "message", ""


def _take_ticks(events: Iterator[Event], count: int) -> Iterator[Event]:
    for event in events:
        if event.name == "tick":
            yield event
            count -= 1
        if count == 0:
            return


def _demand(kept: bool, otherwise: str) -> None:  # noqa: FBT001 -- reads as a sentence
    if not kept:
        raise SmokeFailure(otherwise)
