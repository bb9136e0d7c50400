"""`biome audit`: reads the logs from their beginning, keeps the books again, and holds everything against them."""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import NamedTuple

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ops.audit.books import Books
from ops.audit.database import Projected, read_projection
from ops.audit.refold import INPUTS, Refold
from schemas.environment import Environment
from schemas.topics import ATTENTION_STATE, MARKET_STATE, MARKET_TICKS
from streams.durable.changelog import HIGH_WATER, HighWater, reader
from streams.durable.rows import Rows
from streams.following.follow import follow_batches
from streams.following.whole_ticks import NOTHING_SEEN, BrokenLogError, Position, WholeTick

PROGRESS_SECONDS = 1.0
MOST_FAULTS = 20
"""One fault often makes many; the first ones tell."""

Say = Callable[[str], None]


class State(NamedTuple):
    """A shard's rows as they are committed."""

    rows: Rows
    high_water: HighWater

    def fault(self, place: str) -> list[str]:
        if (len(self.rows), self.rows.digest()) != (self.high_water.rows, self.high_water.digest):
            return [f"{place}: the rows do not have the digest that was committed with them"]
        return []


async def audit(environment: Environment, say: Say) -> list[str]:
    """Everything that is wrong, as sentences. Begins with what is shown now, and reads the logs up to it.

    Raises:
        KafkaError, psycopg.Error: a server does not answer.
    """
    projected = await read_projection(environment.database_url.get_secret_value())
    consumer = reader(environment.kafka_bootstrap)
    await consumer.start()
    try:
        faults = await _audit_attention(consumer, environment.attention_shards, say)
        state = await _state(consumer, TopicPartition(MARKET_STATE.name, 0))
        if state is None:
            return [*faults, *([] if projected.tick == 0 else ["PostgreSQL has ticks and the market has no state"])]
        last_tick = await _last_tick(consumer)
        say(f"auditing {last_tick} ticks, {state.high_water.next_offset} inputs, {len(state.rows)} rows of the market")
        faults += state.fault(MARKET_STATE.name)
        refold = Refold(consumer, end=(await consumer.end_offsets([INPUTS]))[INPUTS])
        return faults + await _Walk(environment, state, projected, refold, say).run()
    finally:
        await consumer.stop()


class _Walk:
    """Through all ticks that were published, to the state that was read."""

    def __init__(self, environment: Environment, state: State, projected: Projected, refold: Refold, say: Say) -> None:
        self._bootstrap = environment.kafka_bootstrap
        self._state = state
        self._projected = projected
        self._refold = refold
        self._say = say
        self._books = Books()
        self._faults: list[str] = []
        self._said_at = time.monotonic()
        self._last = 0

    async def run(self) -> list[str]:
        async with aclosing(follow_batches(self._bootstrap, seen=NOTHING_SEEN, position=Position(0, 0))) as batches:
            try:
                async for batch in batches:
                    for whole in batch:
                        await self._tick(whole)
                        if self._done(whole):
                            return self._finish()
            except BrokenLogError as broken:
                self._faults.append(str(broken))
        return self._faults

    async def _tick(self, whole: WholeTick) -> None:
        self._last = whole.tick.tick
        self._faults += self._books.audit(whole)
        self._faults += await self._refold.audit(whole)
        if self._projected.tick == whole.tick.tick:
            self._faults += self._projected.differences(self._books)
        if time.monotonic() - self._said_at > PROGRESS_SECONDS:
            self._said_at = time.monotonic()
            self._say(f"… tick {whole.tick.tick}")

    def _done(self, whole: WholeTick) -> bool:
        return (
            self._refold.next_offset >= self._state.high_water.next_offset and whole.tick.tick >= self._projected.tick
        ) or len(self._faults) >= MOST_FAULTS

    def _finish(self) -> list[str]:
        caught_up = not self._faults and self._refold.next_offset == self._state.high_water.next_offset
        if caught_up and dict(self._refold.rows.items()) != dict(self._state.rows.items()):
            self._faults.append("the market's rows are not those of the refold")
        self._say(
            f"{self._last} ticks, {self._books.outcomes} orders, {len(self._books.accounts)} accounts, "
            f"PostgreSQL as of tick {self._projected.tick}"
        )
        return self._faults


async def _audit_attention(consumer: AIOKafkaConsumer, shards: int, say: Say) -> list[str]:
    faults = []
    for partition in range(shards):
        place = TopicPartition(ATTENTION_STATE.name, partition)
        state = await _state(consumer, place)
        if state is not None:
            faults += state.fault(f"{place.topic} {partition}")
    say(f"read the state of {shards} attention shards")
    return faults


async def _state(consumer: AIOKafkaConsumer, place: TopicPartition) -> State | None:
    """The rows of a shard as of its last commit; None before its first."""
    rows: dict[bytes, bytes] = {}
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    await consumer.seek_to_beginning(place)
    while await consumer.position(place) < end:
        for record in (await consumer.getmany(place, timeout_ms=500)).get(place, ()):
            if record.offset < end:
                rows[record.key] = record.value
    marked = rows.pop(HIGH_WATER, None)
    return None if marked is None else State(Rows(rows), msgspec.json.decode(marked, type=HighWater))


async def _last_tick(consumer: AIOKafkaConsumer) -> int:
    """About how many ticks there are: a tick and its transaction's marker take two offsets."""
    place = TopicPartition(MARKET_TICKS.name, 0)
    return int((await consumer.end_offsets([place]))[place]) // 2


def main(environment: Environment) -> int:
    """Audit, and print what was found. Returns the exit status."""
    began = time.monotonic()
    try:
        faults = asyncio.run(audit(environment, lambda line: print(line, file=sys.stderr, flush=True)))
    except (KafkaError, psycopg.Error, OSError) as away:
        print(f"The audit needs a running Kafka and PostgreSQL (`make up`): {away}", file=sys.stderr)
        return 2
    for sentence in faults[:MOST_FAULTS]:
        print(f"[WRONG] {sentence}")
    if faults:
        return 1
    print(
        f"[OK] The books are exact: cash and shares conserved, chain whole, every tick equal to its refold, every order one "
        f"outcome, PostgreSQL equal to the events ({time.monotonic() - began:.1f} s)."
    )
    return 0
