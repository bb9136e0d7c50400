"""Are the rows of a shard whole while the log cleaner takes away what is old, and the markers of transactions with it?

The changelogs here are cleaned as eagerly as a broker can: tiny segments, no lag, markers dropped at once.
"""

import contextlib
import random
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from schemas.topics import ATTENTION_STATE, MARKET_STATE, Topic
from streams.durable import changelog as changelog_module
from streams.durable.changelog import HIGH_WATER, LOAD_LIMIT_SECONDS, Changelog
from streams.durable.kafka import Kafka
from streams.durable.rows import Rows
from tests.is_faust_made_safe.lab import Lab, until_async
from tests.is_faust_made_safe.test_commits import PLACES

SEED: Final = 20_251_123
CLEANED_EAGERLY: Final = {
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": "1",
    "delete.retention.ms": "0",
}
KEYS: Final = 300
ROW_BYTES: Final = 2_000
"""300 of them are more than one fetch."""
MARKED: Final = (*(b"%d" % number for number in range(5)), b"mark")
LOADS: Final = 12
LOADS_BESIDE_THE_CLEANER: Final = 3
"""During which the cleaner took something away."""


@dataclass(frozen=True, kw_only=True)
class CleanedTopic(Topic):
    """A compacted topic with other settings of the cleaner's."""

    cleaning: Mapping[str, str] = field(default_factory=lambda: CLEANED_EAGERLY)

    def config(self, **ours: Any) -> dict[str, str]:
        return super().config(**ours) | dict(self.cleaning)


def cleaned(topic: Topic, **cleaning: str) -> CleanedTopic:
    return CleanedTopic(**vars(topic), cleaning=CLEANED_EAGERLY | cleaning)


@pytest.fixture
async def eager_cleaner(kafka: str) -> AsyncIterator[None]:
    """The broker looks for something to clean fifty times a second instead of every 15 s."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    (broker,) = admin._client.cluster.brokers()

    async def configure(**settings: str) -> None:
        named = {name.replace("_", "."): value for name, value in settings.items()}
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, str(broker.nodeId), named)])

    await configure(log_cleaner_backoff_ms="20")
    yield
    await configure()
    await admin.close()


@pytest.fixture
def deaths_fail_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends a worker would end the tests."""

    def fail(status: object, reason: str, **context: object) -> NoReturn:
        raise AssertionError(f"{status!r}: {reason} {context}")

    monkeypatch.setattr(changelog_module, "die", fail)


async def taken_away(lab: Lab, topic: Topic) -> int:
    """Offsets below the last record that have none any more (or hold a marker)."""
    messages = await lab.read(topic, isolation="read_uncommitted")
    return messages[-1].offset + 1 - len(messages) if messages else 0


async def until_taken_away(lab: Lab, topic: Topic, offsets: int) -> None:
    async def so_many() -> bool:
        return await taken_away(lab, topic) >= offsets

    await until_async(so_many, f"the cleaner to take away {offsets} offsets of {topic.name}")


class Owner:
    """The owner of a changelog, in this process; opened again and again, each time as the successor of itself."""

    def __init__(self, lab: Lab, topic: Topic, chance: random.Random) -> None:
        self._kafka = Kafka(lab.bootstrap)
        self._topic = topic.name
        self._chance = chance
        self._committed: dict[bytes, bytes] = {}
        self._offset = 0
        self._changelog: Changelog | None = None
        self._rows = Rows()

    async def open(self, reader: AIOKafkaConsumer) -> None:
        """Load, and find exactly what was committed last."""
        former, self._changelog = self._changelog, Changelog(self._kafka, topic=self._topic, partition=0)
        self._rows, high_water = await self._changelog.open(reader)
        if former is not None:
            with contextlib.suppress(KafkaError):  # it was fenced
                await former.close()
        assert (high_water.next_offset if high_water else 0) == self._offset
        assert dict(self._rows.items()) == self._committed

    async def commit(self, rows: int) -> None:
        assert self._changelog is not None
        for _ in range(rows):
            self._rows.put(self._key(), self._chance.randbytes(ROW_BYTES))
        self._offset += 1
        await self._changelog.commit(next_offset=self._offset, outputs=(), rows=self._rows)
        self._committed = dict(self._rows.items())

    async def break_off(self) -> None:
        """As a SIGKILL between sends and commit does: whoever opens next has the transaction aborted."""
        assert self._changelog is not None
        producer: AIOKafkaProducer = self._changelog._producer
        await producer.begin_transaction()
        for key in (self._key(), self._key(), HIGH_WATER):
            await producer.send_and_wait(self._topic, self._chance.randbytes(ROW_BYTES), key, partition=0)

    async def close(self) -> None:
        if self._changelog is not None:
            await self._changelog.close()

    def _key(self) -> bytes:
        return b"row-%d" % self._chance.randrange(KEYS)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("eager_cleaner", "deaths_fail_the_test")
async def test_what_is_loaded_while_the_cleaner_works_is_what_was_committed_last(kafka: str, tmp_path: Path) -> None:
    """Committed and aborted transactions of one producer id, whose records and markers go away under the loader."""
    lab, chance = Lab(kafka, tmp_path), random.Random(SEED)
    topic = cleaned(lab.state)
    await lab.create_topics(topic)
    owner, loads, beside = Owner(lab, topic, chance), 0, 0
    async with Kafka(kafka).log_reader() as reader:
        while loads < LOADS or beside < LOADS_BESIDE_THE_CLEANER:
            before = await taken_away(lab, topic)
            await owner.open(reader)
            beside += await taken_away(lab, topic) > before + 1  # one may be the marker of what was broken off
            loads += 1
            for _ in range(chance.randint(1, 5)):
                await owner.commit(rows=chance.randint(1, KEYS // 3))
            if loads % 2:
                await owner.break_off()
        await until_taken_away(lab, topic, KEYS)
        await owner.open(reader)
        await owner.close()


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("eager_cleaner", "deaths_fail_the_test")
async def test_a_reader_beside_the_owner_needs_the_lag_and_a_loader_does_not(kafka: str, tmp_path: Path) -> None:
    """The auditor reads up to an end while the owner writes on. Without a lag, rows below that end are taken away for newer
    ones above it; with the lag that changelogs are declared with, they stay.
    """
    lab, other = Lab(kafka, tmp_path), Lab(kafka, tmp_path)
    declared = lab.state.config()["min.compaction.lag.ms"]
    without, with_lag = (
        cleaned(lab.state),
        cleaned(other.state, **{"min.compaction.lag.ms": declared, "max.compaction.lag.ms": str(2**62)}),
    )
    await lab.create_topics(without, with_lag)
    async with Kafka(kafka).log_reader() as reader:
        owners = [Owner(lab, topic, random.Random(SEED)) for topic in (without, with_lag)]
        for owner in owners:
            await owner.open(reader)
            await owner.commit(rows=KEYS)
        seen = [await lab.read(topic) for topic in (without, with_lag)]
        ends = [messages[-1].offset for messages in seen]
        for _ in range(10):
            for owner in owners:
                await owner.commit(rows=KEYS)
        await until_taken_away(lab, without, 5 * KEYS)
        later = [
            [message for message in await lab.read(topic) if message.offset <= end]
            for topic, end in zip((without, with_lag), ends, strict=True)
        ]
        assert later[0] != seen[0]
        assert HIGH_WATER not in {message.key for message in later[0]}
        assert later[1] == seen[1]
        for owner in owners:
            await owner.open(reader)
            await owner.close()


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("eager_cleaner")
async def test_workers_that_are_killed_over_a_changelog_that_is_cleaned_lose_nothing(
    kafka: str, tmp_path: Path
) -> None:
    lab = Lab(kafka, tmp_path)
    lab.state = cleaned(lab.state)
    await lab.create_topics()
    try:
        for place in PLACES:
            await lab.produce(*MARKED * 4)
            assert await lab.start(TALLY_KILL=f"{place}:3").ended() == -signal.SIGKILL
        last = lab.start()
        for marks in range(1, 41):
            await lab.produce(*MARKED)
            await lab.outputs_are_at_least(4 * len(PLACES) + marks)
        await until_taken_away(lab, lab.state, 100)
        last.kill()
        await lab.produce(*MARKED)
        lab.start()
        await lab.outputs_are_at_least(4 * len(PLACES) + 41)
        await lab.matches_the_refold()
    finally:
        await lab.stop()


def test_what_a_loader_may_still_have_to_read_is_not_cleaned_away() -> None:
    """A worker that was fenced while it loaded would find rows that never stood together, and call the changelog damaged. (The
    simulator found it, with a cleaner that does not wait.)
    """
    for topic in (MARKET_STATE, ATTENTION_STATE):
        assert int(topic.config()["min.compaction.lag.ms"]) > 2 * LOAD_LIMIT_SECONDS * 1_000
