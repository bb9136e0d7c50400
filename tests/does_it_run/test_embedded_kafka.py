"""Does the embedded Kafka start, keep what it has, and refuse in a sentence what would harm it?"""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from ops.directories import free_port, lock_directory
from ops.kafka import Brokers, Kafka, new_cluster_id, nodes_of
from ops.kafka_jars import kafka_class_path, read_lock
from ops.process import StartupProblem
from ops.topics import create_topics
from schemas.environment import Environment
from schemas.topics import MARKET_INPUTS
from tests.conftest import BackgroundLoop

PARTITION = TopicPartition("trade.events", 0)


def a_kafka(folder: Path, cache_dir: Path, *, port: int | None = None) -> Kafka:
    return Kafka(folder, cache_dir=cache_dir, port=port or free_port(), controller_port=free_port())


async def start(kafka: Kafka) -> None:
    await kafka.start(progress=lambda _: None, output=lambda *_: None)


@pytest.fixture(scope="module")
def running(background: BackgroundLoop, tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[Kafka]:
    kafka = a_kafka(tmp_path_factory.mktemp("running"), cache_dir)
    background.run(start(kafka))
    yield kafka
    background.run(kafka.stop())


def files_of(kafka: Kafka) -> dict[Path, bytes]:
    """What says which node of which cluster this is; the logs themselves are being written."""
    return {path: path.read_bytes() for path in kafka.directory.rglob("*.properties")}


async def write(bootstrap: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(PARTITION.topic, value, partition=PARTITION.partition)


async def read_all(bootstrap: str) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([PARTITION])
        end = (await consumer.end_offsets([PARTITION]))[PARTITION]
        consumer.seek(PARTITION, 0)
        values: list[bytes] = []
        while len(values) < end:
            values += [
                record.value for record in (await consumer.getmany(PARTITION, timeout_ms=1000)).get(PARTITION, [])
            ]
        return values


@pytest.mark.timeout(400)  # three starts, on a machine that may be busy with other things
async def test_what_was_written_survives_a_stop_a_kill_and_other_ports(tmp_path: Path, cache_dir: Path) -> None:
    kafka = a_kafka(tmp_path, cache_dir)
    await start(kafka)
    await create_topics(kafka.bootstrap, replication=1, attention_shards=2)
    await write(kafka.bootstrap, b"before the stop")
    await kafka.stop()

    kafka = a_kafka(tmp_path, cache_dir)
    await start(kafka)
    await write(kafka.bootstrap, b"before the kill")
    assert kafka.process is not None
    os.kill(kafka.process.pid, signal.SIGKILL)
    await kafka.process.wait()
    await kafka.stop()

    kafka = a_kafka(tmp_path, cache_dir)
    await start(kafka)
    try:
        assert await read_all(kafka.bootstrap) == [b"before the stop", b"before the kill"]
    finally:
        await kafka.stop()


async def test_a_second_start_on_the_same_folder_is_refused_and_the_first_is_unharmed(
    running: Kafka, cache_dir: Path
) -> None:
    await create_topics(running.bootstrap, replication=1, attention_shards=2)
    before = files_of(running)

    with pytest.raises(StartupProblem, match=r"is in use by another `biome up`\. Stop that one with `make down`"):
        await start(a_kafka(running.directory, cache_dir))

    await write(running.bootstrap, b"still here")
    assert await read_all(running.bootstrap) == [b"still here"]
    assert files_of(running) == before


async def test_the_folder_stays_held_until_the_jvm_is_gone(running: Kafka, cache_dir: Path) -> None:
    running.release()  # as when the process that started it is killed

    with pytest.raises(StartupProblem, match="is in use by another `biome up`"):
        await start(a_kafka(running.directory, cache_dir))


async def test_a_taken_port_is_told_with_the_setting_that_changes_it(tmp_path: Path, cache_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(
            StartupProblem, match=rf"Port {port}, where Kafka would listen, is not free.*BIOME_KAFKA_PORT"
        ):
            await start(a_kafka(tmp_path, cache_dir, port=port))


async def test_a_port_that_another_kafka_answers_on_is_not_taken_for_ours(
    running: Kafka, tmp_path: Path, cache_dir: Path
) -> None:
    port = int(running.bootstrap.rpartition(":")[2])
    other = a_kafka(tmp_path, cache_dir)
    program = await other.prepare(lambda _: None)
    other._port = port  # taken between the look at the port and the start
    other.bootstrap = running.bootstrap

    assert not await program.ready()

    other.release()


def test_every_jar_is_pinned_by_its_hash_and_no_host_is_named() -> None:
    jars = read_lock()
    assert "org.apache.kafka:kafka_2.13:4.4.0" in {jar.coordinates for jar in jars}
    assert all(len(jar.sha256) == 64 and len(jar.coordinates.split(":")) == 3 for jar in jars)


def test_a_jar_that_was_changed_is_fetched_again(tmp_path: Path, cache_dir: Path) -> None:
    class_path = kafka_class_path(cache_dir, lambda _: None).split(":")
    copied = [tmp_path / "maven" / Path(jar).relative_to(cache_dir.absolute() / "maven") for jar in class_path]
    for jar, copy in zip(class_path, copied, strict=True):
        copy.parent.mkdir(parents=True)
        copy.symlink_to(jar)
    smallest = min(copied, key=lambda path: path.stat().st_size)
    whole = smallest.read_bytes()
    smallest.unlink()
    smallest.write_bytes(whole[:-1])

    kafka_class_path(tmp_path, lambda _: None)

    assert smallest.read_bytes() == whole


async def test_what_another_start_makes_ready_is_waited_for_and_not_made_twice(tmp_path: Path, cache_dir: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "maven").symlink_to(cache_dir / "maven")
    kafka = a_kafka(tmp_path / "kafka", cache)
    waits = asyncio.Event()

    other = await lock_directory(cache)
    preparing = asyncio.create_task(kafka.prepare(lambda _: waits.set()))
    await waits.wait()
    trained = kafka._trained(kafka_class_path(cache, lambda _: None))
    trained.write_bytes(b"made by the other")
    os.close(other)
    await preparing

    kafka.release()
    assert trained.read_bytes() == b"made by the other"


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    # One in 64 random ids begins with a dash: 2,000 of them all but surely have one that does.
    assert not any(new_cluster_id().startswith("-") for _ in range(2_000))


async def test_a_folder_that_one_broker_made_is_refused_by_three(tmp_path: Path, cache_dir: Path) -> None:
    made = tmp_path / "kafka" / "data" / "meta.properties"
    made.parent.mkdir(parents=True)
    made.touch()
    environment = Environment(brokers=3, kafka_port=free_port(), kafka_controller_port=free_port())
    three = Brokers(tmp_path, cache_dir=cache_dir, nodes=nodes_of(environment))
    with pytest.raises(StartupProblem, match="made by 1 broker, and BIOME_BROKERS asks for 3"):
        await three.prepare(lambda _: None, patience=0.0)
    assert not (tmp_path / "kafka-2").exists()


def test_of_three_replicas_two_must_have_a_write() -> None:
    assert "min.insync.replicas" not in MARKET_INPUTS.config()
    assert MARKET_INPUTS.config(replication=3)["min.insync.replicas"] == "2"
