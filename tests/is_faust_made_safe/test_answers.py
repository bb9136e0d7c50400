"""Does the mended Faust not have the faults that can be seen on it without a storm? The numbers are those of docs/faust.md."""

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest
from faust.transport.drivers.aiokafka import Consumer

from streams.durable.mended_faust import (
    A_YEAR_SECONDS,
    LITTLE,
    TAKE_SECONDS,
    OpeningRecovery,
    OpeningTableManager,
    PositionedConsumer,
    mended_app,
)
from tests.is_faust_made_safe.lab import Lab, Worker


async def test_a_worker_listens_on_no_port_and_leaves_no_file(lab: Lab) -> None:
    """Faults 12 and 18."""
    worker = lab.start()
    await worker.says("shards assigned")
    assert listening_sockets(worker) == set()
    assert list(worker.folder.iterdir()) == []


async def test_the_same_key_in_two_partitions_is_two_rows(two_partitions: Lab) -> None:
    """Fault 11."""
    lab = two_partitions
    await lab.produce(b"5", b"mark", partition=0)
    await lab.produce(b"25", b"mark", partition=1)
    lab.start()
    await lab.outputs_are_at_least(2)
    assert [(await lab.read_rows(partition))[b"5"] for partition in range(2)] == [b"5", b"25"]


async def test_rows_are_loaded_by_a_plain_consumer_and_not_by_faust(lab: Lab) -> None:
    """Faults 14 and 15."""
    await lab.produce(*(b"%d" % number for number in range(100)), b"mark")
    first = lab.start()
    await lab.outputs_are_at_least(1)
    first.kill()
    second = lab.start()
    await second.says('"rows": 10')
    for mended, shipped in (
        (OpeningRecovery._slurp_changelogs.fun, "changelog_queue"),
        (OpeningTableManager.on_start, "sleep"),
    ):
        assert shipped not in inspect.getsource(mended)


async def test_messages_that_come_one_by_one_are_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 19: after a take that brought little, the next one comes a while later; after any other, at once."""
    taken_at: list[float] = []
    brought = (1, LITTLE)

    async def take(*_: object) -> Any:
        taken_at.append(asyncio.get_running_loop().time())
        return {"partition": ["message"] * brought[len(taken_at) - 1]}, None

    monkeypatch.setattr(Consumer, "_wait_next_records", take)
    consumer = PositionedConsumer.__new__(PositionedConsumer)
    consumer.flow_active = False
    await consumer._wait_next_records(1.0)
    due_at = consumer._next_take_at
    assert due_at >= taken_at[0] + TAKE_SECONDS
    await consumer._wait_next_records(1.0)
    assert taken_at[1] >= due_at
    assert consumer._next_take_at == due_at


@pytest.mark.parametrize("setting", ["consumer_group_instance_id", "broker_max_poll_interval", "stream_recovery_delay"])
def test_the_settings_that_answer_a_fault_are_set(setting: str) -> None:
    """Faults 15 and 17."""

    async def open_shards(*_: object) -> None:
        raise AssertionError

    app = mended_app("any", bootstrap="127.0.0.1:1", member="7", open_shards=open_shards, positions=dict)
    wanted = {
        "consumer_group_instance_id": "any-7",
        "broker_max_poll_interval": A_YEAR_SECONDS,
        "stream_recovery_delay": 0.0,
    }
    assert getattr(app.conf, setting) == wanted[setting]


def listening_sockets(worker: Worker) -> set[str]:
    """Inodes of the sockets on which a process listens."""
    links = [link.readlink().name for link in Path(f"/proc/{worker.pid}/fd").iterdir() if link.is_symlink()]
    mine = {name.removeprefix("socket:[").removesuffix("]") for name in links if name.startswith("socket:")}
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{worker.pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {line[9] for line in lines if line[3] == "0A"} & mine
