"""What does a worker do when Kafka dies under it (fault 7)?"""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.directories import free_port
from ops.kafka import Kafka
from streams.durable.dying import Exit
from tests.conftest import BackgroundLoop
from tests.is_faust_made_safe.lab import Lab
from tests.is_faust_made_safe.test_commits import finish


@pytest.fixture
def mortal_kafka(background: BackgroundLoop, cache_dir: Path, tmp_path: Path) -> Iterator[Kafka]:
    """A Kafka of this test's own, which it may kill."""
    server = Kafka(tmp_path / "kafka", cache_dir=cache_dir, port=free_port(), controller_port=free_port())
    background.run(server.start(progress=print, output=ignore))
    yield server
    background.run(server.stop())


def ignore(_name: str, _line: str) -> None:
    """Kafka's output: its own log has it."""


async def kill_and_start_again(kafka: Kafka, background: BackgroundLoop, *, ended: asyncio.Event) -> None:
    """SIGKILL it, and start it when ``ended`` is set."""
    assert kafka.process is not None
    os.kill(kafka.process.pid, signal.SIGKILL)
    await ended.wait()
    await asyncio.to_thread(background.run, kafka.stop())
    await asyncio.to_thread(background.run, kafka.start(progress=print, output=ignore))


@pytest.mark.timeout(240)
async def test_a_worker_ends_while_kafka_is_away_and_its_successor_goes_on(
    mortal_kafka: Kafka, background: BackgroundLoop, tmp_path: Path
) -> None:
    lab, ended = Lab(mortal_kafka.bootstrap, tmp_path), asyncio.Event()
    await lab.create_topics()
    flow = asyncio.ensure_future(lab.flow())
    try:
        worker = lab.start(TALLY_ACK_SECONDS="10")
        await lab.outputs_are_at_least(5)
        again = asyncio.ensure_future(kill_and_start_again(mortal_kafka, background, ended=ended))
        assert await worker.ended() == Exit.NOT_ACKNOWLEDGED
        ended.set()
        await again
        assert "likely deleted" not in mortal_kafka.server_log.read_text(), "Kafka forgot to end a transaction."
        lab.start()
        await lab.more_outputs(5)
        await finish(lab, flow)
    finally:
        await lab.stop()
