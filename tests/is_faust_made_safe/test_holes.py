"""Is an input ever skipped that the log still has, and does a hole that the log really has stop anything it should not?"""

from pathlib import Path

from aiokafka import TopicPartition

from streams.durable.changelog import Changelog
from streams.durable.dying import Exit
from streams.durable.kafka import Kafka
from streams.durable.shard import Shard
from tests.is_faust_made_safe.lab import Lab


async def test_a_hole_in_a_log_that_must_have_none_is_never_passed(lab: Lab) -> None:
    await lab.produce(b"5", b"mark")
    await lab.produce_in_a_transaction(lab.inputs, b"7")
    await lab.produce(b"6", b"mark")
    assert await lab.start().ended() == Exit.GAP
    assert len(await lab.read_outputs()) == 1


async def test_a_hole_in_a_log_that_others_write_in_transactions_is_passed(lab: Lab) -> None:
    await lab.produce(b"5", b"mark")
    await lab.produce_in_a_transaction(lab.inputs, b"7")
    await lab.produce(b"6", b"mark")
    await lab.produce_in_a_transaction(lab.inputs, b"9", commit=False)
    await lab.produce(b"mark")
    worker = lab.start(TALLY_HOLES="1")
    await lab.outputs_are_at_least(3)
    assert worker.said("hole in the log passed")
    await lab.matches_the_refold()


async def test_an_input_that_faust_skipped_is_read_again_after_a_restart(lab: Lab, tmp_path: Path) -> None:
    for environment in ({}, {"TALLY_HOLES": "1"}):
        skip = tmp_path / "skip"
        skip.touch()
        await lab.produce(b"5", b"6", b"7", b"mark")
        assert await lab.start(TALLY_SKIP=str(skip), **environment).ended() == Exit.GAP
        worker = lab.start(**environment)
        await lab.more_outputs(1)
        worker.kill()
    await lab.matches_the_refold()


async def test_a_worker_that_stands_still_while_inputs_wait_ends_itself(lab: Lab, tmp_path: Path) -> None:
    skip = tmp_path / "skip"
    skip.touch()
    await lab.produce(b"5", b"mark")
    worker = lab.start(TALLY_SKIP=str(skip), TALLY_STILL_SECONDS="1")
    assert await worker.ended() == Exit.NO_PROGRESS


async def test_a_marker_at_the_end_of_a_log_is_not_an_input_that_waits(lab: Lab) -> None:
    await lab.produce(b"5")
    await lab.produce_in_a_transaction(lab.inputs, b"7", b"8")
    kafka = Kafka(lab.bootstrap)
    reader = kafka.log_reader()
    changelog = Changelog(kafka, topic=lab.state.name, partition=0)
    await reader.start()
    try:
        place = TopicPartition(lab.inputs.name, 0)
        shard = Shard(place=place, topic_id="any", changelog=changelog, contiguous=False)
        waiting = {}
        for shard.position in range(5):
            waiting[shard.position] = await shard._next_in_log(reader)
        assert waiting == {0: 0, 1: 1, 2: 2, 3: None, 4: None}
    finally:
        await reader.stop()
        await changelog.close()
