"""Does a worker refuse what does not fit, in a sentence that says what to do, instead of going on or waiting for ever?"""

import subprocess
import sys
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import TopicAlreadyExistsError

from streams.durable.changelog import HIGH_WATER, HighWater
from streams.durable.dying import Exit
from streams.durable.fold import Record
from streams.durable.shard import last_input
from tests.is_faust_made_safe.lab import Lab, Worker, until_async


async def committed(lab: Lab) -> None:
    """Let a worker commit once, and end it."""
    await lab.produce(b"5", b"17", b"mark")
    worker = lab.start()
    await lab.outputs_are_at_least(1)
    worker.kill()


async def refused(worker: Worker, status: Exit, *, sentence: str) -> None:
    assert await worker.ended() == status
    assert worker.said(sentence)
    assert not worker.said("Traceback")


async def test_rows_that_were_changed_behind_its_back_are_refused(lab: Lab) -> None:
    await committed(lab)
    rows = await lab.read_rows()
    for key, value in ((b"5", b"6"), (b"6", b"6"), (HIGH_WATER, None)):
        await lab.overwrite_row(key, value)
        await refused(lab.start(), Exit.DAMAGED, sentence="row")
        await lab.overwrite_row(key, rows.get(key))
    await lab.produce(b"mark")
    lab.start()
    await lab.outputs_are_at_least(2)


async def test_a_log_that_was_made_again_is_refused_however_long_it_has_grown(lab: Lab) -> None:
    await committed(lab)
    await lab.delete_topic(lab.inputs)

    async def made_again() -> bool:
        try:
            await lab.create_topics(lab.inputs)
        except TopicAlreadyExistsError:
            return False
        return True

    await until_async(made_again, "the topic to be gone and made again")
    await refused(lab.start(), Exit.REFUSED, sentence="The log was shortened or made again")
    await lab.forget_producer()
    await lab.produce(b"5", b"17", b"mark", b"mark", b"mark")
    await refused(lab.start(), Exit.REFUSED, sentence="was deleted and made again")


async def test_a_log_that_lost_its_end_and_grew_again_is_refused(lab: Lab) -> None:
    """What a broker does that lost power before its disk had the last inputs. Offsets and the topic's id still fit."""
    await committed(lab)
    high_water = msgspec.json.decode((await lab.read_rows())[HIGH_WATER], type=HighWater)
    assert high_water.last_input is not None
    other = Record(high_water.last_input.offset, 1, b"any", b"another input")
    lost = msgspec.structs.replace(high_water, last_input=last_input(other))
    await lab.overwrite_row(HIGH_WATER, msgspec.json.encode(lost))
    await refused(lab.start(), Exit.REFUSED, sentence="lost its end and has other inputs there now")
    await lab.overwrite_row(HIGH_WATER, msgspec.json.encode(high_water))
    await lab.produce(b"mark")
    lab.start()
    await lab.outputs_are_at_least(2)


async def test_a_state_from_before_logs_were_known_by_their_id_is_taken_on(lab: Lab) -> None:
    await committed(lab)
    high_water = msgspec.json.decode((await lab.read_rows())[HIGH_WATER], type=HighWater)
    old = msgspec.structs.replace(high_water, topic_id=None, last_input=None)
    await lab.overwrite_row(HIGH_WATER, msgspec.json.encode(old))
    await lab.produce(b"mark")
    lab.start()
    await lab.outputs_are_at_least(2)
    assert msgspec.json.decode((await lab.read_rows())[HIGH_WATER], type=HighWater).topic_id == high_water.topic_id


async def test_a_state_that_was_lost_is_told_from_one_that_has_not_begun(lab: Lab) -> None:
    """A fold from the beginning would say everything again."""
    await committed(lab)
    rows = await lab.read_rows()
    for key in rows:
        await lab.overwrite_row(key, None)
    await refused(lab.start(), Exit.DAMAGED, sentence="the rows were lost")


async def test_a_log_whose_beginning_is_gone_is_refused_unless_it_may_have_holes(lab: Lab) -> None:
    await committed(lab)
    await lab.produce(b"1", b"2", b"mark")
    await lab.delete_records(lab.inputs, before=5)
    await refused(lab.start(), Exit.REFUSED, sentence="The log was shortened or made again")
    worker = lab.start(TALLY_HOLES="1")
    await lab.outputs_are_at_least(2)
    assert worker.said("hole in the log passed")


async def test_a_log_whose_beginning_is_gone_is_refused_when_the_state_is_gone_as_well(lab: Lab) -> None:
    await lab.produce(b"1", b"2", b"mark")
    await lab.delete_records(lab.inputs, before=2)
    await refused(lab.start(), Exit.REFUSED, sentence="The log was shortened or made again")


async def test_topics_that_are_missing_or_of_another_size_are_refused(kafka: str, tmp_path: Path) -> None:
    missing, narrow = Lab(kafka, tmp_path), Lab(kafka, tmp_path)
    await narrow.create_topics()
    narrow.partitions = 2
    try:
        for worker in [missing.start(), narrow.start()]:
            await refused(worker, Exit.REFUSED, sentence="Run `biome topics create`")
    finally:
        await missing.stop()
        await narrow.stop()


async def test_a_kafka_that_is_not_there_ends_the_worker(tmp_path: Path) -> None:
    lab = Lab("127.0.0.1:1", tmp_path)
    try:
        await refused(lab.start(), Exit.NOT_ACKNOWLEDGED, sentence="connecting a reader")
    finally:
        await lab.stop()


async def test_a_group_that_cannot_be_joined_ends_the_worker(lab: Lab) -> None:
    """Fault 6: Faust logs one line and waits for ever."""
    stranger = AIOKafkaConsumer(
        lab.inputs.name,
        bootstrap_servers=lab.bootstrap,
        group_id=lab.app,
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
    )
    await stranger.start()
    try:
        await refused(lab.start(TALLY_JOIN_SECONDS="3"), Exit.NOT_JOINED, sentence="The consumer group was not joined")
    finally:
        await stranger.stop()


async def test_rows_behind_a_transaction_of_somebody_else_are_waited_for(lab: Lab) -> None:
    """A committed read ends at the first open transaction: a state from before it would do everything since then twice."""
    await committed(lab)
    stranger = AIOKafkaProducer(bootstrap_servers=lab.bootstrap, transactional_id=f"{lab.app}-stranger")
    await stranger.start()
    try:
        await stranger.begin_transaction()
        await stranger.send_and_wait(lab.state.name, b"planted", b"planted", partition=0)
        first = lab.start()
        await first.says("a transaction is open in the changelog")
        await stranger.abort_transaction()
    finally:
        await stranger.stop()
    await lab.produce(b"3", b"mark")
    await lab.outputs_are_at_least(2)
    await lab.matches_the_refold()


async def test_a_changelog_that_ends_with_an_aborted_transaction_is_loaded_to_its_end(lab: Lab) -> None:
    await committed(lab)
    await lab.produce_in_a_transaction(lab.state, b"planted", commit=False)
    lab.start()
    await lab.produce(b"3", b"mark")
    await lab.outputs_are_at_least(2)
    await lab.matches_the_refold()


def test_a_worker_whose_output_nobody_reads_can_still_end_itself() -> None:
    program = """
import os, sys
from streams.durable.dying import Exit, die
os.set_blocking(2, False)
try:
    while True:
        os.write(2, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(2, True)
print("full", flush=True)
import structlog
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
die(Exit.BLOCKED, "x" * 100_000)
"""
    worker = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "full\n"
        assert worker.wait(30) == Exit.BLOCKED
    finally:
        worker.kill()
        worker.communicate()
