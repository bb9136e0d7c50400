"""A reader that does not keep up: it loses old ticks, never the newest, and no order of its own."""

import asyncio

from starlette.types import Message

from api.live.connection import MOST_PRIVATE_EVENTS, Connection


class Reader:
    """The other end of a stream: it takes bytes at once, or, when it is slow, only when it is told to."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self._ready = asyncio.Event()
        self._ready.set()

    def stall(self) -> None:
        self._ready.clear()

    def catch_up(self) -> None:
        self._ready.set()

    async def send(self, message: Message) -> None:
        await self._ready.wait()
        self.read.append(message["body"])


def opened(reader: Reader) -> Connection:
    connection = Connection(reader.send, player="someone")
    connection.release(b"snapshot ", public_after=0, private_after=0)
    return connection


async def sent(reader: Reader, chunks: int) -> None:
    async with asyncio.timeout(5):
        while len(reader.read) < chunks:  # noqa: ASYNC110 - other tasks of this loop fill it
            await asyncio.sleep(0)


async def test_a_reader_that_keeps_up_gets_every_tick_at_once() -> None:
    reader = Reader()
    connection = opened(reader)
    for tick in (1, 2, 3):
        connection.offer(tick, b"t%d " % tick)
    assert reader.read == [b"snapshot ", b"t1 ", b"t2 ", b"t3 "]


async def test_a_slow_reader_loses_old_ticks_and_gets_the_newest_with_all_its_orders() -> None:
    reader = Reader()
    connection = opened(reader)
    reader.stall()
    connection.offer(1, b"t1 ")
    connection.offer(2, b"t2 ", [b"o2 ", b"a2 "])
    connection.offer(3, b"t3 ", [b"o3 "])
    connection.offer(4, b"t4 ")
    assert reader.read == [b"snapshot "]
    reader.catch_up()
    await sent(reader, 3)
    assert reader.read == [b"snapshot ", b"t1 ", b"o2 a2 o3 t4 "]


async def test_a_reader_whose_orders_pile_up_is_ended_rather_than_told_half() -> None:
    reader = Reader()
    connection = opened(reader)
    reader.stall()
    connection.offer(1, b"t1 ")
    connection.offer(2, b"t2 ", [b"o "] * (MOST_PRIVATE_EVENTS + 1))
    assert connection.closed.is_set()
    reader.catch_up()
    await asyncio.sleep(0)
    assert reader.read == [b"snapshot "]


async def test_what_happens_before_the_snapshot_is_sent_comes_after_it_and_only_what_is_not_in_it() -> None:
    reader = Reader()
    connection = Connection(reader.send, player="someone")
    connection.offer(5, b"t5 ", [b"o5 "])
    connection.offer(6, b"t6 ", [b"o6 "])
    assert reader.read == []
    connection.release(b"snapshot ", public_after=6, private_after=5)
    assert reader.read == [b"snapshot ", b"o6 "]


async def test_heartbeats_wait_for_the_snapshot_and_do_not_pile_up() -> None:
    reader = Reader()
    connection = Connection(reader.send, player=None)
    connection.heartbeat(b": ")
    connection.release(b"snapshot ", public_after=0, private_after=0)
    reader.stall()
    for _ in range(10):
        connection.heartbeat(b": ")
    reader.catch_up()
    await sent(reader, 2)
    connection.offer(1, b"t1 ")
    await sent(reader, 3)
    assert reader.read == [b"snapshot ", b": ", b"t1 "]
