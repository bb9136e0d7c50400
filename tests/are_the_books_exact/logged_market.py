"""A market and one shard of attention, as their workers would write them to a real Kafka, without the workers: real folds over
real logs, each commit in one transaction. The stamps are the test's, so that no test waits for time to pass. What a worker would
never write can be planted: ``twist`` changes the messages of a commit before they are sent.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.biomes import Biome
from schemas.decoding import encode
from schemas.messages.attention_pings import Ping
from schemas.messages.fields import Message
from schemas.messages.market_inputs import CloseWindow, Genesis, MarketSettings, OpenAccount, OrderKind, PlaceOrder
from schemas.topics import ATTENTION_PINGS, ATTENTION_STATE, MARKET_INPUTS, MARKET_STATE
from schemas.units import MICRO
from streams.attention.core import AttentionFold
from streams.durable.changelog import HIGH_WATER, HighWater
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold
from tests.markers import UntilMarked

START = 1_700_000_000_000
WINDOW_MS = 500
GRANT = 10_000 * MICRO
INPUTS = TopicPartition(MARKET_INPUTS.name, 0)
PINGS = TopicPartition(ATTENTION_PINGS.name, 0)

Twist = Callable[[list[Output]], list[Output]]


def as_they_are(outputs: list[Output]) -> list[Output]:
    return outputs


class LoggedMarket:
    """One shard of attention, one market, and whoever writes to them."""

    def __init__(
        self, bootstrap: str, transactional: AIOKafkaProducer, plain: AIOKafkaProducer, until_marked: UntilMarked
    ) -> None:
        self._bootstrap = bootstrap
        self._transactional = transactional
        self._until_marked = until_marked
        self._plain = plain
        self.now = START
        self.ticks = 0
        self.rows = Rows()
        self.cap = 10
        self._fold = MarketFold(self.rows)
        self._folded = 0
        self._attention_rows = Rows()
        self._attention = self._open_attention()
        self._pinged = 0
        self._committed = 0
        self._orders = 0
        self.puts_off = False
        """Whether the worker of attention is behind, and will commit several windows at once."""
        self._put_off: list[Output] = []

    async def begin(self) -> None:
        await self.say(Genesis(v=1, settings=MarketSettings(attention_shards=1)))

    async def say(self, message: Message) -> None:
        await self._send(INPUTS, encode(message))

    async def send_raw(self, value: bytes) -> None:
        await self._send(INPUTS, value)

    async def open(self, *players: str) -> None:
        for player in players:
            await self.say(OpenAccount(v=1, player=player, grant=GRANT))

    async def buy(self, player: str, biome: Biome, micro_bdt: int, **more: Any) -> str:
        self._orders += 1
        fields: dict[str, Any] = {"order_id": f"order-{self._orders}", "placed_at": self.now} | more
        order = PlaceOrder(v=1, player=player, biome=biome, kind=OrderKind.BUY_CASH, quantity=micro_bdt, **fields)
        await self.say(order)
        return order.order_id

    async def ping(self, player: str, biome: Biome, points: int) -> None:
        await self._send(PINGS, encode(Ping(v=1, player=player, biome=biome, points=points)))

    async def ping_and_abort(self, player: str, biome: Biome, points: int) -> None:
        """A game server's transaction that it takes back: workers count the ping all the same."""
        ping = encode(Ping(v=1, player=player, biome=biome, points=points))
        await self._transactional.begin_transaction()
        await self._transactional.send_and_wait(PINGS.topic, ping, partition=0, timestamp_ms=self.now)
        await self._transactional.abort_transaction()

    async def send_raw_ping(self, value: bytes) -> None:
        await self._send(PINGS, value)

    async def close(self, *, twist: Twist = as_they_are, twist_report: Twist = as_they_are) -> Commit:
        """A window passes, attention counts and reports, and the mark closes the tick."""
        self.now += WINDOW_MS
        await self._count_attention()
        for report in twist_report(list(self._attention.report())):
            await self._send(INPUTS, report.value)
        await self.say(CloseWindow(v=1, tick=self.ticks + 1, due=self.now))
        commits = [commit for record in await self._read(INPUTS, self._folded) if (commit := self._take(record))]
        assert len(commits) == 1
        await self._commit(MARKET_STATE.name, commits[0], self.rows, twist)
        self.ticks += 1
        return commits[0]

    async def mark_alone(self) -> None:
        """The clock has marked a tick that the market has not published yet."""
        self.now += WINDOW_MS
        await self.say(CloseWindow(v=1, tick=self.ticks + 1, due=self.now))

    def configure(self, *, cap: int) -> None:
        """The worker of attention is started again with another cap: its open window is folded again."""
        self.cap = cap
        self._attention = self._open_attention()
        self._pinged = self._committed

    async def commit_rows(self, topic: str, rows: dict[bytes, bytes | None]) -> None:
        """Somebody writes rows where only a worker may."""
        async with self._transactional.transaction():
            for key, value in rows.items():
                await self._transactional.send_and_wait(topic, value, key, partition=0)
        await self._until_marked(TopicPartition(topic, 0))

    def _open_attention(self) -> AttentionFold:
        rows = Rows(dict(self._attention_rows.items()))
        self._attention_rows = rows
        return AttentionFold(rows, shard=0, shards=1, cap=self.cap, window_ms=WINDOW_MS)

    async def _count_attention(self) -> None:
        for record in await self._read(PINGS, self._pinged):
            self._pinged = record.offset + 1
            commit = self._attention.fold(record)
            if commit is None:
                continue
            self._put_off += commit.outputs
            if not self.puts_off:
                self._committed = commit.next_offset
                together = commit._replace(outputs=self._put_off)
                self._put_off = []
                await self._commit(ATTENTION_STATE.name, together, self._attention.rows, as_they_are)

    def _take(self, record: Record) -> Commit | None:
        self._folded = record.offset + 1
        return self._fold.fold(record)

    async def _commit(self, changelog: str, commit: Commit, rows: Rows, twist: Twist) -> None:
        high_water = HighWater(next_offset=commit.next_offset, rows=len(rows), digest=rows.digest())
        changes = rows.take_changes() | {HIGH_WATER: msgspec.json.encode(high_water)}
        outputs = [*commit.outputs, *(Output(changelog, key, value) for key, value in changes.items())]
        await self._transactional.begin_transaction()
        sent = [
            await self._transactional.send(
                output.topic, output.value, key=output.key, headers=list(output.headers), partition=0
            )
            for output in twist(outputs)
        ]
        places = {TopicPartition(stored.topic, stored.partition) for stored in [await each for each in sent]}
        await self._transactional.commit_transaction()
        await self._until_marked(*places)

    async def _send(self, place: TopicPartition, value: bytes) -> None:
        await self._plain.send_and_wait(place.topic, value, partition=place.partition, timestamp_ms=self.now)

    async def _read(self, place: TopicPartition, offset: int) -> Iterable[Record]:
        """What a log has from an offset on: also what others wrote."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, auto_offset_reset="none")
        await consumer.start()
        try:
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            consumer.seek(place, offset)
            records: list[Record] = []
            while await consumer.position(place) < end:
                found = (await consumer.getmany(place, timeout_ms=200)).get(place, ())
                records.extend(Record(one.offset, one.timestamp, one.key, one.value) for one in found)
            return records
        finally:
            await consumer.stop()


def without(topic: str, number: int = 0) -> Twist:
    """The message of a topic, by its number in the commit, is not sent."""

    def twist(outputs: list[Output]) -> list[Output]:
        gone = [output for output in outputs if output.topic == topic][number]
        return [output for output in outputs if output is not gone]

    return twist


def twice(topic: str, number: int = 0) -> Twist:
    """It is sent twice."""

    def twist(outputs: list[Output]) -> list[Output]:
        again = [output for output in outputs if output.topic == topic][number]
        return [copy for output in outputs for copy in ([output, output] if output is again else [output])]

    return twist


def changed(topic: str, before: bytes, after: bytes) -> Twist:
    """Bytes of its messages are others."""

    def twist(outputs: list[Output]) -> list[Output]:
        return [
            output._replace(value=output.value.replace(before, after)) if output.topic == topic else output
            for output in outputs
        ]

    return twist
