"""The drill of docs/operations.md, on real workers: rows are damaged, the worker refuses them with status 74, `biome repair` makes
them again from the log, the worker goes on, and the audit is clean.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from ops.latest_tick import read_last_tick
from ops.repair.run import repair_attention, repair_market
from ops.topics import seed_genesis
from schemas.biomes import Biome
from schemas.decoding import encode
from schemas.environment import Environment
from schemas.messages.attention_pings import Ping
from schemas.messages.market_inputs import OpenAccount
from schemas.topics import ATTENTION_PINGS, ATTENTION_STATE, MARKET_INPUTS, MARKET_STATE
from schemas.units import MICRO
from streams.durable.dying import Exit
from tests.are_the_books_exact.test_one_audit import audited, history, projected
from tests.markers import watched_markers

SOON_SECONDS = 90.0
TICKS = 3


@contextmanager
def worker(environment: Environment, kind: str) -> Iterator[subprocess.Popen[bytes]]:
    """`biome run market` or `attention`, killed at the end as by `kill -9`."""
    variables = {"BIOME_KAFKA_BOOTSTRAP": environment.kafka_bootstrap, "BIOME_ATTENTION_SHARDS": "1"}
    log = environment.data_dir / f"{kind}.log"
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.command", "run", kind], env=os.environ | variables, stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def more_ticks(environment: Environment) -> int:
    """Wait until the market has closed some more ticks; the last one."""
    before = await read_last_tick(environment.kafka_bootstrap)
    wanted = (0 if before is None else before.tick) + TICKS
    async with asyncio.timeout(SOON_SECONDS):
        while True:
            last = await read_last_tick(environment.kafka_bootstrap)
            if last is not None and last.tick >= wanted:
                return last.tick
            await asyncio.sleep(0.2)


async def write(environment: Environment, topic: str, *rows: tuple[bytes | None, bytes]) -> None:
    bootstrap = environment.kafka_bootstrap
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="a-stranger") as producer,
        producer.transaction(),
    ):
        for key, value in rows:
            await producer.send_and_wait(topic, value, key, partition=0)
    async with watched_markers(bootstrap) as until_marked:
        await until_marked(TopicPartition(topic, 0))


@pytest.mark.timeout(400)
async def test_damaged_rows_are_refused_repaired_and_exact_again(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    await seed_genesis(environment)
    async with AIOKafkaProducer(bootstrap_servers=environment.kafka_bootstrap) as api:
        ping = Ping(v=1, player="ann", biome=Biome.SNOW, points=3)
        await api.send_and_wait(ATTENTION_PINGS.name, encode(ping), partition=0)
        await api.send_and_wait(MARKET_INPUTS.name, encode(OpenAccount(v=1, player="ann", grant=100 * MICRO)))
    with worker(environment, "attention"), worker(environment, "market"):
        await more_ticks(environment)

    await write(environment, MARKET_STATE.name, (b"account:ann", b"{}"), (b"account:nobody", b"{}"))
    await write(environment, ATTENTION_STATE.name, (b"shard", b"{}"))
    for kind in ("market", "attention"):
        with worker(environment, kind) as refusing:
            assert await asyncio.to_thread(refusing.wait, SOON_SECONDS) == Exit.DAMAGED

    assert await asyncio.to_thread(repair_market, environment, dry_run=True) == 1
    assert "2 rows differ: account:ann, account:nobody" in capsys.readouterr().out
    assert await asyncio.to_thread(repair_market, environment, dry_run=False) == 0
    assert await asyncio.to_thread(repair_attention, environment, shard=0, dry_run=False) == 0
    assert capsys.readouterr().out.count("[REPAIRED]") == 2

    with worker(environment, "attention"), worker(environment, "market"):
        last = await more_ticks(environment)
    async with history(environment):
        await projected(environment, last)
    assert await audited(environment) == []
