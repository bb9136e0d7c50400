"""Is what a worker says and what it remembers whole, final and said once, wherever it dies?"""

import asyncio
import random
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from streams.durable.changelog import HIGH_WATER
from streams.durable.dying import Exit
from tests.is_faust_made_safe.lab import PATIENCE_SECONDS, Lab

SEED = 20_241_122
KILLS = 8
PLACES = ("half_of_the_sends", "before_the_commit", "in_the_commit", "after_the_commit")


async def test_a_worker_commits_outputs_and_rows_at_each_mark(lab: Lab) -> None:
    await lab.produce(b"5", b"17", b"mark", b"3", b"mark", b"8")
    lab.start()
    await lab.outputs_are_at_least(2)
    await lab.matches_the_refold()


async def test_bytes_that_no_decoder_takes_reach_the_fold_like_any_other(lab: Lab) -> None:
    await lab.produce(b"5", b"\xff\x00\xfe", None, b"", b"{", b"mark")
    lab.start()
    await lab.outputs_are_at_least(1)
    assert (await lab.read_rows())[b"junk"] == b"4"
    await lab.matches_the_refold()


async def test_a_fold_that_raises_ends_the_process_and_loses_nothing(lab: Lab, tmp_path: Path) -> None:
    await lab.produce(b"5", b"mark", b"6", b"boom", b"7", b"mark")
    boom = tmp_path / "boom"
    boom.touch()
    assert await lab.start(TALLY_BOOM=str(boom)).ended() == Exit.UNEXPECTED
    assert len(await lab.read_outputs()) == 1
    lab.start(TALLY_BOOM=str(boom))
    await lab.outputs_are_at_least(2)
    await lab.matches_the_refold()


async def test_a_row_that_the_broker_refuses_takes_its_whole_commit_with_it(kafka: str, tmp_path: Path) -> None:
    """Aiokafka commits a transaction of which a send failed, unless each ack was awaited."""
    lab = Lab(kafka, tmp_path)
    await lab.create_topics(lab.inputs, lab.outputs, replace(lab.state, largest_message=10_000))
    try:
        await lab.produce(b"5", b"mark", b"huge", b"mark")
        worker = lab.start()
        assert await worker.ended() == Exit.NOT_ACKNOWLEDGED
        assert worker.said("MessageSizeTooLarge")
        assert [message.key for message in await lab.read_outputs()] == [b"0-1"]
        assert set(await lab.rows_without_high_water()) == {b"5"}
    finally:
        await lab.stop()


async def test_a_worker_that_is_asked_to_stop_ends_between_two_commits(two_partitions: Lab) -> None:
    lab = two_partitions
    flow = asyncio.ensure_future(lab.flow())
    worker = lab.start()
    await lab.outputs_are_at_least(5)
    worker.send(signal.SIGTERM)
    assert await worker.ended() == Exit.STOPPED
    lab.start()
    await lab.more_outputs(5)
    await finish(lab, flow)


@pytest.mark.timeout(240)
async def test_a_storm_of_kills_loses_nothing_and_says_nothing_twice(two_partitions: Lab) -> None:
    """Half of the kills come at any moment, the others inside a commit."""
    lab, chance = two_partitions, random.Random(SEED)
    flow = asyncio.ensure_future(lab.flow())
    for kill in range(KILLS):
        if kill % 2:
            worker = lab.start(TALLY_KILL=f"{PLACES[kill // 2 % len(PLACES)]}:{chance.randint(1, 8)}")
        else:
            worker = lab.start()
            await worker.says("shards assigned")
            await asyncio.sleep(chance.uniform(0, 0.5))  # the moment of a kill is chance, not a condition
            worker.send(signal.SIGKILL)
        assert await worker.ended() == -signal.SIGKILL, worker.log.read_text()
    lab.start()
    await finish(lab, flow)


async def finish(lab: Lab, flow: asyncio.Future[None]) -> None:
    """End the flow with a mark in each partition, and hold what came out against the log."""
    flow.cancel()
    await asyncio.wait({flow})
    for partition in range(lab.partitions):
        await lab.produce(b"mark", partition=partition)
    truth = [await lab.refold(partition) for partition in range(lab.partitions)]
    await lab.outputs_are_at_least(sum(len(outputs) for outputs, _ in truth))
    await lab.matches_the_refold()


async def test_commits_that_may_wait_are_put_off_when_each_takes_longer_than_its_inputs(lab: Lab) -> None:
    """Else a shard would fall behind without end. Nothing of what is put off is lost or said twice, a kill included."""
    marks = 40
    for number in range(marks):
        await lab.produce(b"%d" % number, b"mark")

    async def said(number: int) -> None:
        """What is put off waits for another commit, as an attention shard's does for the next window."""
        while len(await lab.read_outputs()) < number:
            await lab.produce(b"mark")
            await asyncio.sleep(0.2)

    worker = lab.start(TALLY_SLOW="0.3")
    await asyncio.wait_for(said(2), PATIENCE_SECONDS)
    worker.kill()
    lab.start(TALLY_SLOW="0.3")
    await asyncio.wait_for(said(marks), PATIENCE_SECONDS)
    high_waters = [message for message in await lab.read(lab.state) if message.key == HIGH_WATER]
    assert len(high_waters) < marks / 2
    assert [output.value for output in await lab.read_outputs()][:marks] == [
        b"%d" % sum(range(number + 1)) for number in range(marks)
    ]
