"""The whole of a running market: `biome up` as its user runs it, on ports and in a folder of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from client.certificates import tls_context
from ops.latest_tick import read_last_tick
from ops.running import read_processes
from schemas.messages.market_ticks import Tick

UP_SECONDS: Final = 360.0
"""The very first start downloads Kafka and builds the page."""
DOWN_SECONDS: Final = 90.0
COMMAND_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.1
PATIENT_STALE_MS: Final = 60_000
"""``attention_stale_ms`` of a market whose tests are about something else: on a machine that is busy attention may be more than
two seconds late, and its orders would be rejected for it.
"""


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    """Wait until a condition holds, and fail with a sentence when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"Not within {seconds:.0f} s: {what}"
        time.sleep(POLL_SECONDS)


def state_of(pid: int) -> str:
    """R, S, D, T (stopped), Z, or X when there is no such process."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] or "X"


class OneMarket:
    """A whole market is ended before the next one is started, although its fixture lives to the end."""

    def __init__(self) -> None:
        self._end: Callable[[], None] | None = None

    @contextmanager
    def until_the_next(self, end: Callable[[], None]) -> Iterator[None]:
        """Run a market in here: the one before is ended first. ``end`` may be called twice."""
        if self._end is not None:
            self._end()
        self._end = end
        try:
            yield
        finally:
            end()


class Stack:
    """One `biome up`."""

    module = "ops.command"
    """What is run with the argument ``up``, and"""
    command = "ops.command"
    """with any other."""

    def __init__(
        self,
        folder: Path,
        *,
        cache_dir: Path,
        ports: tuple[int, int, int, int],
        bots: int,
        brokers: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """``settings`` are further BIOME_ variables. Each broker after the first takes two further ports of Kafka's."""
        kafka, controller, postgres, api = ports
        self.folder = folder
        self.bootstrap = ",".join(f"127.0.0.1:{kafka + 2 * number}" for number in range(brokers))
        self.url = f"http://127.0.0.1:{api}"
        self.environment = {
            **os.environ,
            "BIOME_DATA_DIR": str(folder),
            "BIOME_CACHE_DIR": str(cache_dir),
            "BIOME_KAFKA_PORT": str(kafka),
            "BIOME_KAFKA_CONTROLLER_PORT": str(controller),
            "BIOME_KAFKA_BOOTSTRAP": self.bootstrap,
            "BIOME_BROKERS": str(brokers),
            "BIOME_POSTGRES_PORT": str(postgres),
            "BIOME_API_PORT": str(api),
            "BIOME_BOTS": str(bots),
            **(settings or {}),
        }
        self._output = folder / "up.out"
        self._process: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        """Start it, and return once it says that all is ready."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module, "up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._is_ready, seconds=UP_SECONDS, what="`biome up` was ready")

    def down(self) -> int:
        """Stop it as Ctrl-C does; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended; the exit status."""
        assert self._process is not None
        return self._process.wait(DOWN_SECONDS)

    def kill(self) -> None:
        """Make sure that nothing is left, whatever happened."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(DOWN_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def processes(self) -> dict[str, int]:
        """Process ids by name, as `biome status` knows them."""
        return read_processes(self.folder)

    def output(self) -> str:
        """What `biome up` has printed."""
        return self._output.read_text(errors="replace")

    def run(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> subprocess.CompletedProcess[str]:
        """Another `biome` command on this market."""
        return subprocess.run(
            [sys.executable, "-m", self.command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def tick(self, url: str | None = None) -> int:
        """The latest tick that the API shows; -1 while it does not answer. ``url`` is that of another replica."""
        try:
            answer = httpx.get(f"{url or self.url}/api/v1/biome-market/markets", timeout=5.0, verify=tls_context())
        except httpx.HTTPError:
            return -1
        return int(answer.json()["tick"]) if answer.status_code == httpx.codes.OK else -1

    def wait_for_orders(self) -> None:
        """Wait until another order of a bot was filled (the house took a fee), and the API shows that tick."""
        before = self._last_tick()
        wait_until(
            lambda: int(self._last_tick().house_fees) > int(before.house_fees), seconds=90, what="a bot's order filled"
        )
        filled = self._last_tick().tick
        wait_until(lambda: self.tick() >= filled, seconds=60, what=f"the API showed tick {filled}")

    def _last_tick(self) -> Tick:
        last: list[Tick] = []

        def read() -> bool:
            tick = asyncio.run(read_last_tick(self.bootstrap))
            last.extend([] if tick is None else [tick])
            return bool(last)

        wait_until(read, seconds=60, what="a tick was read from Kafka")
        return last[-1]

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"`biome up` ended:\n{self.output()}"
        return self.tick() > 0
