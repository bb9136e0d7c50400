"""A message that cannot be understood goes to dead.letters with its origin and reason, and the next one works."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.decoding import decode_dead_letter, decode_tick
from schemas.messages.dead_letters import KEPT_BYTES, DeadLetter, DeadReason
from schemas.messages.market_ticks import Tick
from schemas.topics import ATTENTION_PINGS, DEAD_LETTERS, MARKET_INPUTS, MARKET_TICKS
from streams.attention.core.partitioning import shard_of
from tests.stack import Stack

PLAYER = "bad-message-player"
GOOD_PING = b'{"v":1,"type":"ping","player":"bad-message-player","biome":"snow","points":3}'

BAD_PINGS = {
    "not JSON": (b"\x00\x01 hello", DeadReason.NOT_JSON),
    "an unknown biome": (b'{"v":1,"type":"ping","player":"p","biome":"moon","points":1}', DeadReason.INVALID),
    "negative points": (b'{"v":1,"type":"ping","player":"p","biome":"snow","points":-5}', DeadReason.INVALID),
    "NaN": (b'{"v":1,"type":"ping","player":"p","biome":"snow","points":NaN}', DeadReason.NOT_JSON),
    "a null byte": (b'{"v":1,"type":"ping","player":"p\\u0000","biome":"snow","points":1}', DeadReason.INVALID),
    "another version": (b'{"v":2,"type":"ping","player":"p","biome":"snow","points":1}', DeadReason.WRONG_VERSION),
    "another type": (b'{"v":1,"type":"order","player":"p"}', DeadReason.UNKNOWN_TYPE),
    "too large": (b'{"v":1,"type":"ping","player":"' + b"p" * 300_000 + b'"}', DeadReason.OVERSIZED),
    "nothing": (None, DeadReason.EMPTY),
}
BAD_INPUTS = {
    "not JSON": (b"{", DeadReason.NOT_JSON),
    "a negative quantity": (
        b'{"v":1,"type":"place_order","order_id":"x","player":"p","biome":"snow","kind":"buy_cash","quantity":-1,"placed_at":1}',
        DeadReason.INVALID,
    ),
    "a fraction": (
        b'{"v":1,"type":"place_order","order_id":"x","player":"p","biome":"snow","kind":"buy_cash","quantity":1.5,"placed_at":1}',
        DeadReason.INVALID,
    ),
    "an unknown biome": (
        b'{"v":1,"type":"place_order","order_id":"x","player":"p","biome":"moon","kind":"buy_cash","quantity":1,"placed_at":1}',
        DeadReason.INVALID,
    ),
    "another version": (b'{"v":7,"type":"open_account","player":"p","grant":1}', DeadReason.WRONG_VERSION),
    "another type": (b'{"v":1,"type":"print_money"}', DeadReason.UNKNOWN_TYPE),
    "too large": (b'{"v":1,"type":"open_account","player":"' + b"p" * 20_000 + b'"}', DeadReason.OVERSIZED),
    "nothing": (b"", DeadReason.EMPTY),
}


@pytest.mark.parametrize("what", BAD_PINGS)
async def test_a_bad_ping_becomes_a_dead_letter_and_the_next_ping_counts(what: str, stack: Stack) -> None:
    value, reason = BAD_PINGS[what]
    partition = shard_of(PLAYER, 4)

    async def send(producer: AIOKafkaProducer) -> int:
        bad = await producer.send_and_wait(ATTENTION_PINGS.name, value, key=b"some-key", partition=partition)
        await producer.send_and_wait(ATTENTION_PINGS.name, GOOD_PING, key=PLAYER.encode(), partition=partition)
        return int(bad.offset)

    letter, offset = await _dead_letter(stack, ATTENTION_PINGS.name, partition, send)
    _assert_tells_all(letter, value, reason)
    await _tick_that_counted(stack, partition, offset + 1)


@pytest.mark.parametrize("what", BAD_INPUTS)
async def test_a_bad_input_of_the_market_becomes_a_dead_letter_and_the_market_ticks_on(what: str, stack: Stack) -> None:
    value, reason = BAD_INPUTS[what]

    async def send(producer: AIOKafkaProducer) -> int:
        return int((await producer.send_and_wait(MARKET_INPUTS.name, value, key=b"some-key")).offset)

    letter, offset = await _dead_letter(stack, MARKET_INPUTS.name, 0, send)
    _assert_tells_all(letter, value, reason)
    await _first_tick(stack, lambda tick: tick.inputs.first > offset)


async def test_the_good_entries_of_a_bad_pack_count(stack: Stack) -> None:
    partition = shard_of(PLAYER, 4)
    pack = {"v": 1, "type": "pings", "pings": [["x", "moon", 1], [PLAYER, "snow", 1], ["y", "snow", 0], ["z"]]}

    async def send(producer: AIOKafkaProducer) -> int:
        return int(
            (await producer.send_and_wait(ATTENTION_PINGS.name, json.dumps(pack).encode(), partition=partition)).offset
        )

    letter, offset = await _dead_letter(stack, ATTENTION_PINGS.name, partition, send)
    assert letter.reason is DeadReason.BAD_ENTRIES
    assert "3 bad entries" in letter.detail
    await _tick_that_counted(stack, partition, offset)


def _assert_tells_all(letter: DeadLetter, value: bytes | None, reason: DeadReason) -> None:
    whole = value or b""
    assert letter.reason is reason
    assert letter.detail
    assert letter.size == len(whole)
    assert letter.sha256 == hashlib.sha256(whole).hexdigest()
    assert base64.b64decode(letter.key_base64 or "") == b"some-key"
    assert base64.b64decode(letter.value_base64 or "") == whole[:KEPT_BYTES]


async def _dead_letter(
    stack: Stack, topic: str, partition: int, send: Callable[[AIOKafkaProducer], Awaitable[int]]
) -> tuple[DeadLetter, int]:
    """Send something bad, and find its dead letter by its origin."""
    place = TopicPartition(DEAD_LETTERS.name, 0)
    async with (
        AIOKafkaProducer(bootstrap_servers=stack.bootstrap, max_request_size=1_000_000) as producer,
        AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, isolation_level="read_committed") as consumer,
    ):
        consumer.assign([place])
        await consumer.seek_to_end(place)
        await consumer.position(place)
        offset = await send(producer)
        async for record in consumer:
            letter = decode_dead_letter(record.value)
            if (letter.topic, letter.partition, letter.offset) == (topic, partition, offset):
                return letter, offset
    raise AssertionError("the consumer ended")


async def _tick_that_counted(stack: Stack, shard: int, offset: int) -> Tick:
    """A tick whose attention reaches past an offset of a shard: the ping there was counted."""

    def counted(tick: Tick) -> bool:
        reach = tick.attention.shards[shard]
        return reach is not None and reach.offset > offset

    return await _first_tick(stack, counted)


async def _first_tick(stack: Stack, wanted: Callable[[Tick], bool]) -> Tick:
    place = TopicPartition(MARKET_TICKS.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, isolation_level="read_committed") as consumer:
        consumer.assign([place])
        await consumer.seek_to_end(place)
        async for record in consumer:
            tick = decode_tick(record.value)
            if wanted(tick):
                return tick
    raise AssertionError("the consumer ended")
