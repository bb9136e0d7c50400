"""Real processes of a market, each of which a test can kill and start again; and what tests do over HTTP."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx

from client.certificates import tls_context
from ops.directories import free_port
from schemas.units import parse_amount

READY_SECONDS = 180.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05
WAIT_SECONDS = 60.0
"""For an answer, or for a condition to come true: it bounds a failure, and a busy machine is far below it."""
ATTENTION_SHARDS = 2
PASSWORD = "correct horse battery"

_Answer = TypeVar("_Answer")


class Process:
    """One of our processes; killed and started again by name."""

    def __init__(self, name: str, environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._environment = environment
        self._log = log
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "ops.command", "run", self.name],
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.running is not None
        self.running.send_signal(how)
        return self.running.wait(STOP_SECONDS)

    def end(self) -> None:
        """Stop it if it runs."""
        if self.running is not None and self.running.poll() is None:
            self.stop()

    def said(self) -> str:
        return self._log.read_text()


class RunningMarket(NamedTuple):
    """The running market."""

    url: str
    bootstrap: str
    database: str
    environment: dict[str, str]
    attention: Process
    market: Process
    history: Process
    api: Process

    def client(self, *, token: str | None = None) -> httpx.AsyncClient:
        """A client of its API, signed in by Bearer token where there is one."""
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={} if token is None else {"Authorization": f"Bearer {token}"},
            timeout=WAIT_SECONDS,
            verify=tls_context(),
        )

    def start_what_ended(self) -> None:
        """As a supervisor does: a worker ends itself on any doubt."""
        for process in (self.attention, self.market, self.history, self.api):
            assert process.running is not None
            if process.running.poll() is not None:
                process.start()

    def ready(self) -> None:
        """Wait until the API says that it can serve."""
        self._wait_for("health/ready")

    def reachable(self) -> None:
        """Wait until the API answers at all."""
        self._wait_for("health")

    def _wait_for(self, path: str) -> None:
        end = time.monotonic() + READY_SECONDS
        while not self._is_ok(path):
            assert time.monotonic() < end, f"{path}:\n{self.api.said()[-4000:]}\n{self.market.said()[-2000:]}"
            time.sleep(POLL_SECONDS)

    def _is_ok(self, path: str) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/{path}", verify=tls_context()).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def configured(folder: Path, *, bootstrap: str, database: str) -> RunningMarket:
    """The processes of a market, not started yet."""
    port = free_port()
    settings = {
        "BIOME_DATA_DIR": str(folder / "data"),
        "BIOME_KAFKA_BOOTSTRAP": bootstrap,
        "BIOME_DATABASE_URL": database,
        "BIOME_API_PORT": str(port),
        "BIOME_JWT_SECRET": secrets.token_hex(32),
        "BIOME_ATTENTION_SHARDS": str(ATTENTION_SHARDS),
        "BIOME_PAGE_DIR": str(folder / "page"),
        "BIOME_REQUESTS_PER_MINUTE_CALLER": "1000000",  # floods and fuzzing are what these tests do
    }
    processes = {
        name: Process(name, settings, folder / f"{name}.log") for name in ("attention", "market", "history", "api")
    }
    return RunningMarket(f"http://127.0.0.1:{port}", bootstrap, database, settings, **processes)


def new_user() -> dict[str, str]:
    return {"username": f"player-{secrets.token_hex(6)}", "password": PASSWORD}


async def richest(client: httpx.AsyncClient) -> str:
    """The biome with the most cash: at least a seventh of all, so an order that is too large anywhere else is not in it. Other
    tests have moved the prices.
    """
    markets = (await client.get("/biome-market/markets")).json()["markets"]
    return str(max(markets, key=lambda market: parse_amount(market["market_cash_bdt"]))["biome"])


async def until(condition: Callable[[], Awaitable[_Answer | None]]) -> _Answer:
    """Ask until there is an answer that is true."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not (answer := await condition()):  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(POLL_SECONDS)
    return answer
