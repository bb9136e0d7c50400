"""Does a worker notice that a log or a changelog lost its end, when all that is left fits together?"""

from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.durable.changelog import HIGH_WATER, Changelog
from streams.durable.dying import Exit
from streams.durable.fold import Output, Record
from streams.durable.kafka import Kafka
from streams.durable.rows import Rows
from streams.durable.shard import Shard
from tests.is_faust_made_safe.lab import Lab
from tests.is_faust_made_safe.tally_worker import TallyFold


async def test_a_changelog_that_lost_its_end_is_refused(lab: Lab) -> None:
    """What a broker does that lost power before its disk had the last rows: the outputs of then would come out twice."""
    await lab.produce(b"5", b"mark")
    first = lab.start()
    await lab.outputs_are_at_least(1)
    before = await lab.read_rows()
    await lab.produce(b"5", b"mark")
    await lab.outputs_are_at_least(2)
    first.kill()
    after = await lab.read_rows()

    for key, value in before.items():
        await lab.overwrite_row(key, value)
    second = lab.start()
    assert await second.ended() == Exit.DAMAGED
    assert second.said("one of the two lost its end")
    assert not second.said("Traceback")

    for key, value in after.items():
        await lab.overwrite_row(key, value)
    await lab.produce(b"mark")
    lab.start()
    await lab.outputs_are_at_least(3)
    await lab.matches_the_refold()


class Owners:
    """Owners of one changelog, one after the other, in this process."""

    def __init__(self, lab: Lab, reader: AIOKafkaConsumer) -> None:
        self.opened: list[Changelog] = []
        self._lab = lab
        self._kafka = Kafka(lab.bootstrap)
        self._reader = reader

    async def open(self) -> tuple[Changelog, Rows]:
        changelog = Changelog(self._kafka, topic=self._lab.state.name, partition=0, proof=self._lab.outputs.name)
        self.opened.append(changelog)
        return changelog, (await changelog.open(self._reader))[0]

    async def open_and_commit(self, said: bytes) -> None:
        changelog, rows = await self.open()
        rows.put(b"row", said)
        await changelog.commit(next_offset=0, outputs=[Output(self._lab.outputs.name, None, said)], rows=rows)


@pytest.fixture
async def owners(lab: Lab) -> AsyncIterator[Owners]:
    async with Kafka(lab.bootstrap).log_reader() as reader:
        owners = Owners(lab, reader)
        yield owners
        for changelog in owners.opened:
            await changelog.close()


def end_by_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(status: Exit, reason: str, **_: Any) -> NoReturn:
        raise SystemExit(f"{status.name}: {reason}")

    monkeypatch.setattr("streams.durable.changelog.die", end)


@pytest.mark.parametrize("commits", [0, 1])
async def test_an_owner_that_stood_still_while_another_committed_is_fenced_and_finds_nothing_damaged(
    owners: Owners, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    """Between its look at the rows and the one at what was said last. The simulator found it (seed 20261156)."""
    look = Changelog._last_said

    async def stand_still_and_look(late: Changelog, proof: TopicPartition, log_reader: AIOKafkaConsumer) -> str | None:
        monkeypatch.setattr(Changelog, "_last_said", look)
        await owners.open_and_commit(b"of the other owner")
        return await look(late, proof, log_reader)

    for number in range(commits):
        await owners.open_and_commit(b"%d" % number)
    end_by_exception(monkeypatch)
    monkeypatch.setattr(Changelog, "_last_said", stand_still_and_look)
    with pytest.raises(SystemExit, match="FENCED: Another worker has committed"):
        await owners.open()
    await owners.open()  # and its successor finds all in order


@pytest.mark.parametrize("cleaned", [b"row", HIGH_WATER])
async def test_an_owner_that_stood_still_while_its_rows_were_replaced_and_cleaned_is_fenced(
    owners: Owners, monkeypatch: pytest.MonkeyPatch, cleaned: bytes
) -> None:
    """While it loaded them: what the other owner's rows replace, the cleaner takes. The simulator found it (seed 20262052)."""
    load = Changelog._load

    async def load_what_is_left(late: Changelog, log_reader: AIOKafkaConsumer) -> dict[bytes, bytes]:
        monkeypatch.setattr(Changelog, "_load", load)
        rows = await load(late, log_reader)
        await owners.open_and_commit(b"of the other owner")
        del rows[cleaned]
        return rows

    await owners.open_and_commit(b"0")
    end_by_exception(monkeypatch)
    monkeypatch.setattr(Changelog, "_load", load_what_is_left)
    with pytest.raises(SystemExit, match="FENCED: Another worker has committed"):
        await owners.open()
    await owners.open()


async def test_another_input_below_the_position_is_refused_and_the_same_one_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log lost its end while the worker ran, and grew again: the client reads it once more from where it is whole."""

    def refuse(status: Exit, reason: str, **_: Any) -> NoReturn:
        raise SystemExit(f"{status.name}: {reason}")

    monkeypatch.setattr("streams.durable.shard.die", refuse)
    unused: Any = None
    shard = Shard(place=TopicPartition("inputs", 0), topic_id="id", changelog=unused, contiguous=True)
    shard.fold = TallyFold(0, Rows(), output="any")
    records = [Record(offset, 1_000 + offset, b"any", b"5") for offset in range(3)]
    for record in [*records, *records]:
        await shard.take(record, unused)
    assert shard.position == 3
    with pytest.raises(SystemExit, match="REFUSED: The input topic lost its end"):
        await shard.take(records[-1]._replace(value=b"6"), unused)
