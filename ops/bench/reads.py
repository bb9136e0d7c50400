"""How long does GET take with so many active clients, and how long does a bare FastAPI route in the same minute?"""

import asyncio
import itertools
import random
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Final

from ops.bench.connection import HttpConnection
from ops.bench.crowd import BenchPlayer, register_players
from ops.bench.figures import line_of, percentile
from ops.directories import free_port
from schemas.biomes import BIOMES

READS: Final[dict[str, Callable[[], str]]] = {
    "markets": lambda: "/api/v1/biome-market/markets",
    "portfolio": lambda: "/api/v1/biome-market/portfolio",
    "price-history, 24 h": lambda: f"/api/v1/biome-market/price-history/{random.choice(BIOMES)}?hours=24",
}
BARE: Final = "a bare FastAPI route"
BARE_APP: Final = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/bare")
async def bare() -> dict[str, object]:
    return {"tick": 1, "markets": [{"biome": str(n), "price_bdt": "100.25", "attention": n} for n in range(7)]}
"""


async def measure_reads(url: str, *, clients: int, every: float, seconds: float) -> AsyncIterator[str]:
    """Lines of what was measured. Each client asks once in ``every`` seconds, at a moment of its own."""
    players = await register_players(url, min(clients, 50))
    took: defaultdict[str, list[float]] = defaultdict(list)
    failed: defaultdict[str, int] = defaultdict(int)
    # All in turn, so that even a short run has asked for each.
    names = itertools.cycle((*READS, BARE))
    async with _bare_server() as bare:
        end = time.monotonic() + seconds
        await asyncio.gather(
            *(
                _client(
                    url, bare, players[number % len(players)], names, every=every, end=end, took=took, failed=failed
                )
                for number in range(clients)
            )
        )
    yield f"{clients} clients, each asking once in {every:g} s, for {seconds:g} s:"
    for name in (*READS, BARE):
        yield line_of(name, took[name]) + (f"   {failed[name]} FAILED" if failed[name] else "")
    if took[BARE]:
        base = percentile(sorted(took[BARE]), 0.95)
        ratios = ", ".join(f"{name} {percentile(sorted(took[name]), 0.95) / base:.1f}" for name in READS if took[name])
        yield f"p95 as a multiple of {BARE}: {ratios}"


async def _client(
    url: str,
    bare: str,
    player: BenchPlayer,
    names: Iterator[str],
    *,
    every: float,
    end: float,
    took: dict[str, list[float]],
    failed: dict[str, int],
) -> None:
    market, other = HttpConnection(url, token=player.token), HttpConnection(bare)
    await asyncio.sleep(random.uniform(0, every))
    while time.monotonic() < end:
        name = next(names)
        connection, path = (other, "/bare") if name == BARE else (market, READS[name]())
        began = time.perf_counter()
        answer = await connection.ask("GET", path)
        if answer.status == 200:  # noqa: PLR2004
            took[name].append(time.perf_counter() - began)
        else:
            failed[name] += 1
        await asyncio.sleep(random.uniform(0.5, 1.5) * every)
    market.close()
    other.close()


@asynccontextmanager
async def _bare_server() -> AsyncIterator[str]:
    """FastAPI with one route, as the API is run: uvicorn, a process of its own."""
    port = free_port()
    code = f"{BARE_APP}\nimport uvicorn\nuvicorn.run(app, port={port}, log_level='error', access_log=False)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=asyncio.subprocess.DEVNULL)
    try:
        await _until_open(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _until_open(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await HttpConnection(f"http://127.0.0.1:{port}").ask("GET", "/bare")
            except OSError:
                await asyncio.sleep(0.1)
            else:
                return
