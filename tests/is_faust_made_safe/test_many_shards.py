"""Does one worker carry the shards of a whole topic?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.is_faust_made_safe.lab import Lab

SHARDS: Final = 16
STILL_SECONDS: Final = 6
"""Long enough for what is delivered after the opening."""


@pytest.fixture
async def sixteen(kafka: str, tmp_path: Path) -> AsyncIterator[Lab]:
    lab = Lab(kafka, tmp_path, partitions=SHARDS)
    await lab.create_topics()
    yield lab
    await lab.stop()


async def produce_everywhere(lab: Lab) -> None:
    """Two commits for each shard."""
    for partition in range(lab.partitions):
        await lab.produce(b"5", b"17", b"mark", b"3", b"mark", partition=partition)


@pytest.mark.timeout(180)
async def test_sixteen_shards_of_one_worker_are_opened_killed_and_loaded_again(sixteen: Lab) -> None:
    """Each has a producer and a transactional id of its own."""
    lab = sixteen
    await produce_everywhere(lab)
    killed = lab.start()
    await lab.outputs_are_at_least(2 * SHARDS)
    await produce_everywhere(lab)
    killed.kill()
    successor = lab.start()
    await lab.outputs_are_at_least(4 * SHARDS)
    await lab.matches_the_refold()
    assert successor.log.read_text().count("shard opened") >= SHARDS  # a rebalance in between opens some again
    assert {message.key.partition(b"-")[0] for message in await lab.read_outputs() if message.key} == {
        b"%d" % shard for shard in range(SHARDS)
    }


async def test_shards_that_take_long_to_open_are_not_taken_for_a_standstill(
    two_partitions: Lab, tmp_path: Path
) -> None:
    """Inputs of the first shard wait until the last one is open. Sixteen on a busy machine took longer than the limit."""
    lab, go_on = two_partitions, tmp_path / "go on"
    for partition in range(2):
        await lab.produce(b"5", b"mark", partition=partition)
    limits = {"TALLY_STILL_SECONDS": str(STILL_SECONDS), "TALLY_WATCH_SECONDS": "0.1"}
    worker = lab.start(TALLY_OPENING=str(go_on), TALLY_OPENING_FROM="1", **limits)
    await worker.says("opening")
    await asyncio.sleep(STILL_SECONDS + 1)  # the limit itself has to pass
    go_on.touch()
    await lab.outputs_are_at_least(2)
    await lab.matches_the_refold()
    assert worker.status is None
