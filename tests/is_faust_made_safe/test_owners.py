"""Does each shard have one owner that can write, through rebalances, paused workers and two of one name?"""

import asyncio
import signal
from pathlib import Path

import pytest

from streams.durable.dying import Exit
from tests.is_faust_made_safe.lab import Lab, Worker, until
from tests.is_faust_made_safe.test_commits import finish


@pytest.mark.timeout(180)
async def test_a_worker_that_was_paused_writes_nothing_stale_when_it_wakes(two_partitions: Lab, lab: Lab) -> None:
    """Two apps side by side: one worker is paused in the middle of a commit, the other anywhere."""
    await asyncio.gather(paused_in_a_commit(lab), paused_anywhere(two_partitions))


async def paused_in_a_commit(lab: Lab) -> None:
    flow = asyncio.ensure_future(lab.flow())
    paused = lab.start("a", TALLY_STOP="3", TALLY_PATIENT="1")
    await lab.outputs_are_at_least(2)
    lab.start("b")
    await lab.more_outputs(5)
    paused.send(signal.SIGCONT)
    assert await paused.ended() == Exit.FENCED
    await finish(lab, flow)


async def paused_anywhere(lab: Lab) -> None:
    flow = asyncio.ensure_future(lab.flow())
    paused = lab.start("a", TALLY_PATIENT="1")
    await lab.outputs_are_at_least(2)
    paused.send(signal.SIGSTOP)
    successor = lab.start("b")
    await lab.more_outputs(5)
    paused.send(signal.SIGCONT)
    await until(lambda: paused.status is not None or paused.log.read_text().count("shards assigned") > 1, "a to notice")
    assert paused.status in (None, Exit.FENCED)
    await finish(lab, flow)
    assert successor.status in (None, Exit.FENCED)


@pytest.mark.timeout(180)
async def test_of_two_workers_with_one_name_one_is_left(lab: Lab) -> None:
    flow = asyncio.ensure_future(lab.flow())
    older = lab.start("same")
    await lab.outputs_are_at_least(2)
    newer = lab.start("same")
    await until(lambda: older.status is not None or newer.status is not None, "one of them to end")
    await lab.more_outputs(10)
    assert [worker.status for worker in (older, newer) if worker.status is not None] == [Exit.FENCED]
    await finish(lab, flow)


@pytest.mark.timeout(180)
async def test_shards_that_move_to_another_worker_and_back_apply_each_input_once(two_partitions: Lab) -> None:
    """Fault 8: Faust's own graceful rebalance applies hundreds of events again."""
    lab = two_partitions
    flow = asyncio.ensure_future(lab.flow())
    first = lab.start("a")
    await lab.outputs_are_at_least(5)
    second = lab.start("b")
    await second.says("shard opened")
    await lab.more_outputs(10)
    second.send(signal.SIGTERM)
    assert await second.ended() == Exit.STOPPED
    await until(
        lambda: first.log.read_text().count("shard opened") >= 3 and owned(first) == {0, 1},
        "the first worker to have both again",
    )
    await lab.more_outputs(10)
    await finish(lab, flow)
    assert first.status is None


@pytest.mark.timeout(180)
async def test_a_rebalance_while_shards_are_opened_is_followed_by_another_round(
    two_partitions: Lab, tmp_path: Path
) -> None:
    lab, go_on = two_partitions, tmp_path / "go on"
    flow = asyncio.ensure_future(lab.flow())
    slow = lab.start("a", TALLY_OPENING=str(go_on))
    await slow.says("opening")
    quick = lab.start("b")
    await quick.says("shards assigned")
    go_on.touch()
    await slow.says("shards assigned")
    await until(lambda: owned(slow) | owned(quick) == {0, 1}, "both shards to have an owner")
    await lab.more_outputs(20)
    await finish(lab, flow)
    assert (slow.status, quick.status) == (None, None)


def owned(worker: Worker) -> set[int]:
    """Partitions of the last assignment that a worker logged."""
    lines = [line for line in worker.log.read_text().splitlines() if "shards assigned" in line]
    return set(
        map(int, lines[-1].partition('"partitions": [')[2].partition("]")[0].replace(" ", "").split(","))
        if lines
        else ()
    )
