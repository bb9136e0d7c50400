"""Which faults does Faust still have as it ships? The numbers are those of docs/faust.md.

A test that fails here is good news: that fault is mended upstream, and its answer in streams/durable can go. What can be
seen is seen, on a plain worker or in process; where a fault is a race, the source that makes it is held still.
"""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer

from ops.directories import free_port
from tests.is_faust_made_safe.lab import Lab, Worker
from tests.is_faust_made_safe.tally_worker import topic

NAMES = ("raising", "decoding", "counting")


class Evidence(NamedTuple):
    """What three plain workers did: one with everything, one without its topics, one with a stranger in its group."""

    log: str
    committed: dict[str, int]
    """The group's offsets in partition 0, by topic."""
    web_answers: bool
    without_topics: Worker
    with_a_stranger: Worker


@pytest.fixture(scope="module")
def plain(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    workers: list[Worker] = []
    try:
        yield asyncio.run(gather_evidence(kafka, tmp_path_factory.mktemp("plain"), free_port(), workers))
    finally:
        for worker in workers:
            worker.kill()


async def gather_evidence(kafka: str, folder: Path, web_port: int, workers: list[Worker]) -> Evidence:
    labs = [Lab(kafka, folder, partitions=2) for _ in range(3)]
    whole, _, stranger = labs
    for lab in (whole, stranger):
        await lab.create_topics(
            *(topic(f"{lab.app}.{name}", partitions=2) for name in NAMES),
            topic(f"{lab.app}-counts-changelog", partitions=2, compacted=True),
        )
    outsider = AIOKafkaConsumer(
        f"{stranger.app}.decoding",
        bootstrap_servers=kafka,
        group_id=stranger.app,
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
    )
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await outsider.start()
    await producer.start()
    try:
        for name, values in (("raising", (b"boom", b"after")), ("decoding", (b"5", b"\xff", b"7"))):
            for value in values:
                await producer.send_and_wait(f"{whole.app}.{name}", value, partition=0)
        for partition in range(2):
            await producer.send_and_wait(f"{whole.app}.counting", b"any", b"key", partition=partition)
        started = [
            plain_worker(lab, folder, web_port=web_port if lab is whole else None, tables=lab is whole) for lab in labs
        ]
        workers += started
        for line in ("raising found half = 1", "decoded 2", "counted 2"):
            await started[0].says(line)
        await started[2].says("InconsistentGroupProtocol")
        committed = await committed_offsets(kafka, whole.app)
        web_answers = await listens(web_port)
    finally:
        await producer.stop()
        await outsider.stop()
    return Evidence(started[0].log.read_text(), committed, web_answers, started[1], started[2])


def plain_worker(lab: Lab, folder: Path, *, web_port: int | None, tables: bool) -> Worker:
    web = ["--without-web"] if web_port is None else ["--web-port", str(web_port)]
    return Worker(
        "plain_worker.py",
        ["worker", "-l", "warn", *web],
        log=folder / f"{lab.app}.log",
        environment={
            "PLAIN_APP": lab.app,
            "PLAIN_BOOTSTRAP": lab.bootstrap,
            "PLAIN_TABLES": "yes" if tables else "no",
        },
    )


async def committed_offsets(kafka: str, group: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        wanted = {f"{group}.raising": 2, f"{group}.decoding": 3}
        async with asyncio.timeout(20):
            while True:
                offsets = await admin.list_consumer_group_offsets(group)
                found = {place.topic: at.offset for place, at in offsets.items() if place.partition == 0}
                if wanted.items() <= found.items():
                    return {name.removeprefix(f"{group}."): offset for name, offset in found.items()}
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def test_fault_1_faust_resumes_partitions_before_it_seeks() -> None:
    completed = inspect.getsource(Recovery.on_recovery_completed)
    assert completed.index("resume_partitions") < completed.index("perform_seek") < completed.index("resume_flow")
    recovery = inspect.getsource(Recovery._restart_recovery.fun)
    assert recovery.index("consumer.resume_flow") < recovery.index("on_recovery_completed")
    assert "stop_flow" not in completed + recovery


def test_fault_2_an_event_whose_agent_raised_is_acknowledged_with_half_of_its_writes(plain: Evidence) -> None:
    assert plain.log.index("raising found half = 0") < plain.log.index("raising found half = 1")
    assert plain.committed["raising"] == 2


def test_fault_3_an_event_that_cannot_be_decoded_is_acknowledged_and_dropped(plain: Evidence) -> None:
    assert "decoded 0" in plain.log
    assert "decoded 1" not in plain.log
    assert plain.committed["decoding"] == 3


def test_fault_3_a_table_changes_the_schema_that_it_is_given_to_json() -> None:
    schema = faust.Schema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app = faust.App("any", store="memory://")
    app.topic("any", schema=schema)
    assert schema.value_serializer == "raw"
    assert app.Table("any", schema=schema).changelog_topic
    assert schema.value_serializer == "json"


def test_fault_4_a_tumbling_window_of_half_a_second_raises_and_one_of_a_second_and_a_half_overlaps() -> None:
    with pytest.raises(ValueError, match="must not be zero"):
        faust.TumblingWindow(0.5).ranges(10.0)
    assert len(faust.TumblingWindow(1.5).ranges(10.0)) == 2


async def test_fault_5_a_window_closes_by_the_wall_clock_and_for_one_partition_only() -> None:
    closed: list[str] = []
    app = faust.App("any", store="memory://")
    table = (
        app.Table("any", default=int, on_window_close=lambda key, _: closed.append(key[0]))
        .tumbling(10, expires=10)
        .table
    )
    for partition, name in enumerate(("first", "second")):
        key = (name, (10.0, 19.9))
        table.data[key] = 1
        table._maybe_set_key_ttl(key, partition)
    await table._del_old_keys()
    assert closed == ["first"]
    assert "time.time()" in inspect.getsource(type(table)._del_old_keys)


def test_fault_6_a_worker_whose_group_cannot_be_joined_lives_on(plain: Evidence) -> None:
    assert plain.with_a_stranger.status is None
    assert plain.with_a_stranger.said("InconsistentGroupProtocol")
    assert not plain.with_a_stranger.said("decoded")


def test_fault_7_a_producer_has_no_limit_for_an_acknowledgement() -> None:
    assert "delivery_timeout_ms" not in inspect.signature(AIOKafkaProducer).parameters


def test_fault_8_after_a_rebalance_faust_reads_from_what_the_group_committed() -> None:
    assert "seek_to_committed" in inspect.getsource(Consumer.perform_seek)


def test_fault_11_a_key_in_two_partitions_is_one_row_of_a_table_in_memory(plain: Evidence) -> None:
    assert plain.log.index("counted 1") < plain.log.index("counted 2")


def test_fault_12_the_worker_command_serves_the_web_although_it_is_disabled(plain: Evidence) -> None:
    assert plain.web_answers


def test_fault_13_a_worker_without_its_topics_waits_instead_of_ending(plain: Evidence) -> None:
    assert plain.without_topics.status is None


def test_fault_14_faust_loads_a_table_row_by_row() -> None:
    assert "await table.on_changelog_event(event)" in inspect.getsource(Recovery._slurp_changelogs.fun)


def test_fault_15_faust_waits_a_second_before_it_starts_tables() -> None:
    assert "self.sleep(1.0)" in inspect.getsource(TableManager.on_start)


def test_fault_16_faust_makes_tasks_for_each_message() -> None:
    assert "self.wait_first(" in inspect.getsource(Consumer._drain_messages)


def test_fault_18_faust_leaves_a_folder_where_it_was_started(plain: Evidence) -> None:
    assert plain.without_topics.log.with_name("cwd").joinpath(f"{plain.without_topics.log.stem}-data").is_dir()


def test_fault_17_a_standby_that_fetches_nothing_leaves_the_group_for_ever() -> None:
    assert "await self.sleep(1)" in inspect.getsource(Consumer._wait_next_records)
    rejoin = inspect.getsource(GroupCoordinator.ensure_active_group)
    assert rejoin.index("idle_time >= self._max_poll_interval") < rejoin.index("_do_rejoin_group")
