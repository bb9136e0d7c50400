"""How long until an order is taken (the broker has it), at so many orders a second? And does a storm of retries fill each once?"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

from ops.bench.buying import BUY, small_buy
from ops.bench.connection import HttpConnection
from ops.bench.crowd import BenchPlayer, register_players
from ops.bench.figures import line_of

DECIDED_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.2
STORM_CONNECTIONS: Final = 100


async def measure_orders(url: str, *, rate: int, seconds: float) -> AsyncIterator[str]:
    """Each player places one order a second: as many players as orders a second, so that the market's limit a minute is kept."""
    yield f"Registering {rate} players."
    players = await register_players(url, rate)
    took: list[float] = []
    statuses: Counter[int] = Counter()
    begin = time.monotonic() + 1.0

    async def place(number: int, player: BenchPlayer) -> None:
        connection = await HttpConnection(url, token=player.token).open()
        for turn in range(int(seconds)):
            # An open loop: an order that is slow does not hold up the next second's orders of others.
            await asyncio.sleep(max(0.0, begin + turn + number / rate - time.monotonic()))
            began = time.perf_counter()
            answer = await connection.ask("POST", BUY, small_buy(number + turn, secrets.token_hex(8)))
            took.append(time.perf_counter() - began)
            statuses[answer.status] += 1
        connection.close()

    await asyncio.gather(*(place(number, player) for number, player in enumerate(players)))
    yield f"{rate} orders a second for {seconds:g} s, each from a player of its own; answers: {dict(statuses)}"
    yield line_of("order taken", took)


async def storm_of_retries(url: str, *, orders: int, copies: int) -> AsyncIterator[str]:
    """Each order so many times, all at once over many connections; then what its player has of it."""
    players = await register_players(url, orders)
    run = secrets.token_hex(4)
    requests = [(player, number) for _ in range(copies) for number, player in enumerate(players)]
    queue = iter(requests)
    statuses: Counter[int] = Counter()
    began = time.monotonic()

    async def send() -> None:
        for player, number in queue:
            connection = HttpConnection(url, token=player.token)
            answer = await connection.ask("POST", BUY, small_buy(number, f"{run}-{number}"))
            statuses[answer.status] += 1
            connection.close()

    await asyncio.gather(*(send() for _ in range(STORM_CONNECTIONS)))
    took = time.monotonic() - began
    outcomes = Counter([await _outcomes(url, player) for player in players])
    yield (
        f"{len(requests)} requests for {orders} orders in {took:.1f} s ({len(requests) / took:.0f} a second);"
        f" answers: {dict(statuses)}"
    )
    for (filled, other), count in sorted(outcomes.items()):
        yield f"  {count} players have {filled} filled and {other} other orders"
    yield (
        "Each order was filled exactly once."
        if set(outcomes) == {(1, 0)}
        else "NOT each order was filled exactly once."
    )


async def _outcomes(url: str, player: BenchPlayer) -> tuple[int, int]:
    """Filled and other orders of a player, once there is one that was decided."""
    connection = HttpConnection(url, token=player.token)
    end = time.monotonic() + DECIDED_SECONDS
    orders: list[dict[str, Any]] = []
    while not orders and time.monotonic() < end:
        orders = (await connection.ask("GET", "/api/v1/biome-market/transactions")).document()["items"]
        if not orders:
            await asyncio.sleep(POLL_SECONDS)
    connection.close()
    filled = sum(order["status"] == "filled" for order in orders)
    return filled, len(orders) - filled
