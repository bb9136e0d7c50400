"""Players who place orders under keys of their own, ask again through another replica, and remember every answer."""

import asyncio
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import httpx

from client.certificates import tls_context
from schemas.biomes import BIOMES

BETWEEN_ORDERS_SECONDS: Final = (1.0, 4.0)
"""Of one player: well under 60 orders a minute."""
EARLY_SECONDS: Final = (0.0, 4.0)
"""Until the same order is sent again through another replica, before its deadline of 10 s."""
LATE_SECONDS: Final = (12.0, 26.0)
"""And after it; from 20 s on an order that never reached the log is sent again by the API itself."""
RETRY_SECONDS: Final = 0.7
HTTP_SECONDS: Final = 25.0
"""Longer than ``wait=fill`` waits."""
SELL_CHANCE: Final = 0.3
FINAL_STATUSES: Final = frozenset({"filled", "rejected"})
_OUTCOME: Final = ("order_id", "status", "tick", "shares", "price_bdt", "cash_bdt", "fee_bdt", "rejection")


class Told(NamedTuple):
    """One answer about an order."""

    replica: int
    status: int
    """Of HTTP; 0: no answer came."""
    outcome: tuple[Any, ...] | None
    """None: not decided yet, or not told."""


@dataclass
class Order:
    """An order as its player knows it."""

    player: str
    side: str
    body: dict[str, str]
    placed_at: float = field(default_factory=time.monotonic)
    told: list[Told] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.body["client_order_id"]

    @property
    def outcomes(self) -> set[tuple[Any, ...]]:
        return {told.outcome for told in self.told if told.outcome is not None}

    @property
    def order_id(self) -> str | None:
        return next((outcome[0] for outcome in self.outcomes), None)


class Players:
    """All of them, and all that they were told."""

    def __init__(self, urls: list[str], *, count: int, chance: random.Random) -> None:
        self._urls = urls
        self._count = count
        self._chance = chance
        self._replicas: list[httpx.AsyncClient] = []
        self._trading = True
        self.orders: list[Order] = []
        self.open: set[asyncio.Task[None]] = set()
        self.faults: list[str] = []
        self.sent = 0

    async def run(self) -> None:
        """Register and trade, until ``leave``."""
        self._replicas = [
            httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=HTTP_SECONDS, verify=tls_context())
            for url in self._urls
        ]
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._play(number))

    def leave(self) -> None:
        """No further orders. Those that are open are asked about until their end."""
        self._trading = False

    async def close(self) -> None:
        """Drop what is open."""
        for task in self.open:
            task.cancel()
        await asyncio.gather(*self.open, return_exceptions=True)
        for replica in self._replicas:
            await replica.aclose()

    def told_since(self, moment: float) -> bool:
        """Whether an order that was placed after this moment is decided, and its player knows."""
        return any(order.outcomes for order in reversed(self.orders) if order.placed_at > moment)

    def answered(self, status: int, *, since: float) -> set[int]:
        """The replicas that answered so to an order that was placed after this moment."""
        return {
            told.replica
            for order in self.orders
            if order.placed_at > since
            for told in order.told
            if told.status == status
        }

    def undecided(self) -> list[Order]:
        return [order for order in self.orders if not order.outcomes]

    async def copies(self, count: int) -> Order:
        """One order, so many times at once through all replicas. Returns when each copy was answered."""
        name = f"copies-{secrets.token_hex(4)}"
        token = await self._enter(name)
        order = Order(name, "buy", _buy(self._chance))
        self.orders.append(order)
        await asyncio.gather(
            *(self._send(order, token, number % len(self._replicas), wait=number % 2 == 0) for number in range(count))
        )
        await self._until_told(order, token)
        return order

    async def _play(self, number: int) -> None:
        name = f"chaos-{number}-{secrets.token_hex(4)}"
        token = await self._enter(name)
        while self._trading:
            await asyncio.sleep(self._chance.uniform(*BETWEEN_ORDERS_SECONDS))
            if self._chance.random() < SELL_CHANCE:
                order = Order(name, "sell", _sell(self._chance))
            else:
                order = Order(name, "buy", _buy(self._chance))
            self.orders.append(order)
            task = asyncio.create_task(self._live(order, token))
            self.open.add(task)
            task.add_done_callback(self.open.discard)

    async def _live(self, order: Order, token: str) -> None:
        """From the first request to the last question, long after the deadline."""
        replica = self._chance.randrange(len(self._replicas))
        first = asyncio.create_task(self._send(order, token, replica, wait=self._chance.random() < 0.5))
        await asyncio.sleep(self._chance.uniform(*EARLY_SECONDS))
        await self._send(order, token, self._other(replica), wait=self._chance.random() < 0.5)
        await first
        await self._until_told(order, token)
        late = order.placed_at + self._chance.uniform(*LATE_SECONDS) - time.monotonic()
        await asyncio.sleep(max(0.0, late))
        answers = len(order.told)
        while not any(told.outcome for told in order.told[answers:]):
            replica = self._other(replica)
            await self._send(order, token, replica, wait=False)
            await asyncio.sleep(RETRY_SECONDS)

    async def _until_told(self, order: Order, token: str) -> None:
        replica = self._chance.randrange(len(self._replicas))
        while not order.outcomes:
            await asyncio.sleep(RETRY_SECONDS)
            replica = self._other(replica)
            await self._send(order, token, replica, wait=False)

    def _other(self, replica: int) -> int:
        return (replica + 1) % len(self._replicas)

    async def _enter(self, name: str) -> str:
        credentials = {"username": name, "password": "correct horse battery staple"}
        while True:
            for replica, path in ((0, "register"), (1, "login"), (0, "login")):
                try:
                    api = self._replicas[replica % len(self._replicas)]
                    answer = await api.post(f"/auth/{path}", json=credentials)
                except httpx.HTTPError:
                    continue
                if answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}:
                    return str(answer.json()["access_token"])
            await asyncio.sleep(RETRY_SECONDS)

    async def _send(self, order: Order, token: str, replica: int, *, wait: bool) -> None:
        self.sent += 1
        try:
            answer = await self._replicas[replica].post(
                f"/biome-market/{order.side}",
                json=order.body,
                params={"wait": "fill"} if wait else {},
                headers={"Authorization": f"Bearer {token}"},
            )
            told = Told(replica, answer.status_code, _outcome_of(answer))
        except (httpx.HTTPError, ValueError):
            told = Told(replica, 0, None)
        order.told.append(told)
        if len(order.outcomes) > 1:
            self.faults.append(f"order {order.key} of {order.player} was told two outcomes: {order.outcomes}")
        if told.status in {httpx.codes.UNPROCESSABLE_ENTITY, httpx.codes.INTERNAL_SERVER_ERROR, httpx.codes.NOT_FOUND}:
            self.faults.append(f"order {order.key} of {order.player} was answered {answer.status_code}: {answer.text}")


def _buy(chance: random.Random) -> dict[str, str]:
    return {
        "biome": chance.choice(BIOMES),
        "amount_bdt": str(chance.randint(1, 20)),
        "client_order_id": secrets.token_hex(8),
    }


def _sell(chance: random.Random) -> dict[str, str]:
    """It may have too few: a rejection is an outcome too."""
    return {"biome": chance.choice(BIOMES), "shares": "0.01", "client_order_id": secrets.token_hex(8)}


def _outcome_of(answer: httpx.Response) -> tuple[Any, ...] | None:
    document = answer.json()
    order = document.get("order") or document
    if order.get("status") not in FINAL_STATUSES:
        return None
    rejection = order["rejection"]
    return (*(order[name] for name in _OUTCOME[:-1]), None if rejection is None else rejection["code"])
