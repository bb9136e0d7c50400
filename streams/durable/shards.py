"""The shards that one worker owns. No Faust: an agent delivers records to it, and says which partitions are assigned."""

import asyncio
from collections.abc import Callable, Iterable

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.topics import Topic
from streams.durable.changelog import Changelog, within_limit
from streams.durable.dying import Exit, die
from streams.durable.fold import Output, Record
from streams.durable.kafka import Kafka
from streams.durable.shard import OpenFold, Shard
from streams.durable.topic_facts import TopicFacts

log = structlog.get_logger(__name__)


class Shards:
    """Opens, feeds and gives up shards. One lock around all of it: a record is folded and committed, or not begun."""

    def __init__(
        self,
        kafka: Kafka,
        *,
        inputs: Topic,
        state: Topic,
        shard_count: int,
        open_fold: OpenFold,
        contiguous: bool,
        proof: Topic | None = None,
    ) -> None:
        self.lock = asyncio.Lock()
        self.opened: dict[int, Shard] = {}
        self._kafka = kafka
        self._inputs = inputs
        self._state = state
        self._shard_count = shard_count
        self._open_fold = open_fold
        self._contiguous = contiguous
        self._proof = None if proof is None else proof.name
        self._reader: AIOKafkaConsumer
        self._producer: AIOKafkaProducer

    async def connect(self) -> None:
        """Before anything else. Ends the process when the topics are not those that are wanted."""
        self._reader = self._kafka.log_reader()
        self._producer = self._kafka.producer()
        await within_limit(self._reader.start(), "connecting a reader")
        await within_limit(self._producer.start(), "connecting a producer")
        await self._facts_of_the_inputs()

    async def assign(self, partitions: Iterable[int], still_assigned: Callable[[], bool]) -> None:
        """Give up the shards that are not of these partitions, and open those that are new."""
        async with self.lock:
            assigned = set(partitions)
            for partition in self.opened.keys() - assigned:
                await self.opened.pop(partition).close()
            if assigned - self.opened.keys():
                facts = await self._facts_of_the_inputs()
                for partition in sorted(assigned - self.opened.keys()):
                    if not still_assigned():
                        return  # Opening fences whoever owns the shard now.
                    self.opened[partition] = await self._open(partition, topic_id=facts.id)
            log.info("shards assigned", partitions=sorted(assigned))

    async def take(self, partition: int, record: Record) -> None:
        """Fold a record, if the shard is ours and it is the next one."""
        async with self.lock:
            shard = self.opened.get(partition)
            if shard is not None:
                await shard.take(record, self._reader)

    async def report(self) -> None:
        """Send what the folds have to tell others."""
        async with self.lock:  # not while a commit is under way: a report must not tell what may not become durable
            outputs = [output for shard in self.opened.values() for output in shard.report()]
        if outputs:
            await within_limit(self.send(outputs), "reporting")

    async def refuse_to_stand_still(self, partition: int, position: int) -> None:
        """End the process if this shard, which was suspected, is still at this position and the log has something for it."""
        async with self.lock:
            shard = self.opened.get(partition)
            if shard is not None and shard.position == position:
                await shard.refuse_to_stand_still(self._reader)

    def positions(self) -> dict[int, int]:
        """The next offset to fold, by partition."""
        return {partition: shard.position for partition, shard in self.opened.items()}

    async def send(self, outputs: list[Output], *, partition: int | None = None) -> None:
        """Send outside any transaction, acknowledged: for what may be lost, repeated or late without harm."""
        sent = [
            await self._producer.send(o.topic, o.value, o.key, partition=partition, headers=list(o.headers))
            for o in outputs
        ]
        await asyncio.gather(*sent)

    async def partition_count(self, topic: Topic) -> int:
        """How many partitions a topic really has."""
        partitions = await within_limit(self._producer.partitions_for(topic.name), "asking for a topic's partitions")
        return len(partitions)

    async def _open(self, partition: int, *, topic_id: str) -> Shard:
        changelog = Changelog(self._kafka, topic=self._state.name, partition=partition, proof=self._proof)
        shard = Shard(
            place=TopicPartition(self._inputs.name, partition),
            topic_id=topic_id,
            changelog=changelog,
            contiguous=self._contiguous,
            shards_here=lambda: len(self.opened),
        )
        await shard.open(self._open_fold, self._reader)
        return shard

    async def _facts_of_the_inputs(self) -> TopicFacts:
        """Faust waits in silence for topics that are not there (fault 13)."""
        facts = await within_limit(self._kafka.topics(self._inputs.name, self._state.name), "asking for topics")
        for topic in (self._inputs, self._state):
            partitions = facts[topic.name].partitions if topic.name in facts else 0
            if partitions != self._shard_count:
                die(
                    Exit.REFUSED,
                    f"Topic {topic.name} has {partitions} partitions and {self._shard_count} are wanted. "
                    "Run `biome topics create`; a topic that exists keeps its number (BIOME_ATTENTION_SHARDS).",
                    topic=topic.name,
                )
        return facts[self._inputs.name]
