"""The state rows, read as any other reader would: no worker that was fenced has written into them."""

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import ATTENTION_STATE, MARKET_STATE
from streams.durable.changelog import HIGH_WATER, HighWater
from streams.durable.kafka import Kafka
from streams.durable.rows import Rows


class _Shard:
    """The committed rows of one shard, transaction by transaction."""

    def __init__(self, place: TopicPartition) -> None:
        self.place = place
        self.next = 0
        self.commits = 0
        self._rows = Rows()
        self._reached = -1

    def take(self, key: bytes, value: bytes) -> list[str]:
        """A committed row. The high-water row ends its transaction: a stale one would step back, and break the digest."""
        if key != HIGH_WATER:
            self._rows.put(key, value)
            return []
        high_water = msgspec.json.decode(value, type=HighWater)
        self.commits += 1
        faults = []
        if high_water.next_offset < self._reached:
            faults.append(f"{self.place}: a stale commit of {high_water.next_offset} after {self._reached}")
        if (len(self._rows), self._rows.digest()) != (high_water.rows, high_water.digest):
            faults.append(f"{self.place}: at {high_water.next_offset} the rows do not have the digest of their commit")
        self._reached = high_water.next_offset
        return faults


class Changelogs:
    """All changelogs, read on from where the last look ended."""

    def __init__(self, bootstrap: str, *, attention_shards: int) -> None:
        self._kafka = Kafka(bootstrap)
        places = [TopicPartition(ATTENTION_STATE.name, shard) for shard in range(attention_shards)]
        self._shards = [_Shard(place) for place in (*places, TopicPartition(MARKET_STATE.name, 0))]

    @property
    def commits(self) -> int:
        return sum(shard.commits for shard in self._shards)

    async def check(self) -> list[str]:
        """What is wrong with the commits since the last look."""
        consumer = self._kafka.committed_reader()
        await consumer.start()
        try:
            return [fault for shard in self._shards for fault in await _read(consumer, shard)]
        finally:
            await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, shard: _Shard) -> list[str]:
    consumer.assign([shard.place])
    end = (await consumer.end_offsets([shard.place]))[shard.place]
    consumer.seek(shard.place, shard.next)
    faults = []
    while await consumer.position(shard.place) < end:
        for record in (await consumer.getmany(shard.place, timeout_ms=500)).get(shard.place, ()):
            faults += shard.take(record.key, record.value)
    shard.next = await consumer.position(shard.place)
    return faults
