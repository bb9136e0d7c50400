"""Does a worker notice that a log or a changelog lost its end, when all that is left fits together?"""

from typing import Any, NoReturn

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.durable.changelog import Changelog
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


@pytest.mark.parametrize("commits", [0, 1])
async def test_an_owner_that_stood_still_while_another_committed_is_fenced_and_finds_nothing_damaged(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    """Between its look at the rows and the one at what was said last. The simulator found it (seed 20261156)."""

    def end(status: Exit, reason: str, **_: Any) -> NoReturn:
        raise SystemExit(f"{status.name}: {reason}")

    kafka = Kafka(lab.bootstrap)
    reader = kafka.log_reader()
    await reader.start()
    opened = []

    async def owner() -> tuple[Changelog, Rows]:
        opened.append(Changelog(kafka, topic=lab.state.name, partition=0, proof=lab.outputs.name))
        return opened[-1], (await opened[-1].open(reader))[0]

    async def own_and_commit(said: bytes) -> None:
        changelog, rows = await owner()
        rows.put(b"row", said)
        await changelog.commit(next_offset=0, outputs=[Output(lab.outputs.name, None, said)], rows=rows)

    look = Changelog._last_said

    async def stand_still_and_look(late: Changelog, proof: TopicPartition, log_reader: AIOKafkaConsumer) -> str | None:
        monkeypatch.setattr(Changelog, "_last_said", look)
        await own_and_commit(b"of the other owner")
        return await look(late, proof, log_reader)

    try:
        for number in range(commits):
            await own_and_commit(b"%d" % number)
        monkeypatch.setattr("streams.durable.changelog.die", end)
        monkeypatch.setattr(Changelog, "_last_said", stand_still_and_look)
        with pytest.raises(SystemExit, match="FENCED: Another worker has committed"):
            await owner()
        await owner()  # and its successor finds all in order
    finally:
        for changelog in opened:
            await changelog.close()
        await reader.stop()


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
