"""How long does a market worker with many accounts take from its start to its next tick?

`python -m tests.chaos.many_accounts --accounts 100000 --starts 5` opens them on a Kafka of its own, then kills the worker again and
again, and measures until a reader sees the next tick.
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Final

from aiokafka import AIOKafkaProducer

from ops.directories import free_port
from ops.kafka import Kafka
from ops.latest_tick import LatestTick
from ops.topics import create_topics, seed_genesis
from schemas.decoding import encode
from schemas.environment import Environment
from schemas.messages.market_inputs import OpenAccount
from schemas.topics import MARKET_INPUTS

AT_ONCE: Final = 5_000
"""Openings between two looks at the market: it takes them in a few ticks, not in one that is too large."""
GRANT: Final = 10_000_000_000
POLL_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 300.0


async def measure(folder: Path, *, accounts: int, starts: int) -> list[float]:
    """Seconds from each start to the next tick."""
    cache_dir = Environment().cache_dir.absolute()
    kafka = Kafka(folder / "kafka", cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    await kafka.start(progress=lambda _: None, output=lambda *_: None)
    try:
        environment = Environment(kafka_bootstrap=kafka.bootstrap)
        await create_topics(kafka.bootstrap, replication=1, attention_shards=environment.attention_shards)
        await seed_genesis(environment)
        async with _worker(environment):
            await _open(environment, accounts)
        return [await _start(environment) for _ in range(starts)]
    finally:
        await kafka.stop()


async def _open(environment: Environment, accounts: int) -> None:
    async with (
        _following(environment) as latest,
        AIOKafkaProducer(bootstrap_servers=environment.kafka_bootstrap, enable_idempotence=True) as producer,
    ):
        for opened in range(0, accounts, AT_ONCE):
            openings = [OpenAccount(v=1, player=str(uuid.uuid4()), grant=GRANT) for _ in range(AT_ONCE)]
            sent = [await producer.send(MARKET_INPUTS.name, encode(opening)) for opening in openings]
            await asyncio.gather(*sent)
            await _until_opened(latest, opened + AT_ONCE)


async def _until_opened(latest: LatestTick, accounts: int) -> None:
    async with asyncio.timeout(LONGEST_SECONDS):
        while latest.tick is None or latest.tick.accounts < accounts:  # noqa: ASYNC110 -- it tells of its first tick only
            await asyncio.sleep(POLL_SECONDS)


async def _start(environment: Environment) -> float:
    async with _following(environment) as latest:
        started = time.monotonic()
        async with _worker(environment), asyncio.timeout(LONGEST_SECONDS):
            await latest.first()
            return time.monotonic() - started


@asynccontextmanager
async def _following(environment: Environment) -> AsyncIterator[LatestTick]:
    latest, begun = LatestTick(), asyncio.Event()
    follower = asyncio.create_task(latest.follow(environment.kafka_bootstrap, begun))
    await begun.wait()
    try:
        yield latest
    finally:
        follower.cancel()


@asynccontextmanager
async def _worker(environment: Environment) -> AsyncIterator[None]:
    """A market worker, and its SIGKILL."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops.command", "run", "market"),
        env={**os.environ, "BIOME_KAFKA_BOOTSTRAP": environment.kafka_bootstrap},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.many_accounts", description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--starts", type=int, default=5)
    chosen = parser.parse_args()
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="many-accounts-") as folder:
        seconds = asyncio.run(measure(Path(folder), accounts=chosen.accounts, starts=chosen.starts))
    each = ", ".join(f"{second:.2f}" for second in seconds)
    sys.stdout.write(f"{chosen.accounts} accounts: {each} s from start to tick, p50 {median(seconds):.2f} s\n")


if __name__ == "__main__":
    main()
