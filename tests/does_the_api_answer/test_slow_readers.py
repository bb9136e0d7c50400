"""A reader that does not keep up: it loses old ticks, never the newest, and no order of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import api.live.response
import api.live.transport
from api.database import make_pool
from api.live.connection import MOST_PRIVATE_EVENTS, Connection
from api.live.hub import Hub
from api.live.response import HubResponse
from api.live.transport import MOST_HEADER_BYTES, CuttableProtocol
from api.markets.day_ago import DayAgoPrices
from schemas.environment import Environment

MORE_THAN_SOCKETS_BUFFER = b" " * 32 * 1024 * 1024


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


async def taken(connection: Connection) -> None:
    """Nothing is being sent any more."""
    async with asyncio.timeout(5):
        while connection._sending is not None:
            await asyncio.wait((connection._sending,))


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
    await taken(connection)
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
    for _ in range(2):  # a third would end it
        connection.heartbeat(b": ")
    reader.catch_up()
    await sent(reader, 2)
    connection.offer(1, b"t1 ")
    await sent(reader, 3)
    assert reader.read == [b"snapshot ", b": ", b"t1 "]


async def test_a_reader_that_takes_nothing_between_two_heartbeats_is_ended() -> None:
    reader = Reader()
    connection = opened(reader)
    reader.stall()
    connection.offer(1, b"t1 ")
    connection.heartbeat(b": ")
    assert not connection.closed.is_set()
    connection.heartbeat(b": ")
    assert connection.closed.is_set()


async def test_a_slow_reader_that_took_something_between_two_heartbeats_stays() -> None:
    reader = Reader()
    connection = opened(reader)
    for tick in (1, 2, 3):
        reader.stall()
        connection.offer(tick, b"t ")
        connection.heartbeat(b": ")
        reader.catch_up()
        await taken(connection)
        assert len(reader.read) == tick + 1
    assert not connection.closed.is_set()


async def test_the_connection_of_a_reader_that_does_not_take_the_end_of_its_stream_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api.live.response, "LAST_SEND_SECONDS", 0.05)
    hub = Hub("", DayAgoPrices(make_pool(Environment())), seen=lambda _: None, cut_off=lambda _: None)
    began = asyncio.Event()

    async def begin(connection: Connection) -> None:
        connection.release(MORE_THAN_SOCKETS_BUFFER, public_after=0, private_after=0)
        connection.push(b"this one waits")
        began.set()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await HubResponse(hub, player=None, network=None, begin=begin)(scope, receive, send)

    async with serving(application) as (server, port), asyncio.timeout(10):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            await began.wait()
            hub.close_streams()
            while server.server_state.connections:  # noqa: ASYNC110 - uvicorn empties it
                await asyncio.sleep(0.01)
            assert len(read_all(client)) < len(MORE_THAN_SOCKETS_BUFFER)
    assert hub.streams == 0


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"])
async def test_a_client_whose_headers_do_not_come_is_cut_and_one_that_waits_for_an_answer_is_not(
    monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(api.live.transport, "HEADERS_SECONDS", 0.2)

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.5)  # longer than headers may take
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async with serving(application) as (_server, port), asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if before:
            writer.write(before)
            assert (await reader.readuntil(b"ok")).endswith(b"ok")
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        with suppress(ConnectionResetError):  # what is cut so may be told so by the system
            assert await reader.read() == b""
        writer.close()


def read_all(client: socket.socket) -> bytes:
    """What the system had taken for the reader before the connection was cut."""
    with client.makefile("rb") as stream:
        return stream.read()


@asynccontextmanager
async def serving(application: ASGIApp) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """The application under the server that the API runs on."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application, http=CuttableProtocol, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def _count(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how many bytes the body has."""
    count, more = 0, True
    while more:
        message = await receive()
        count, more = count + len(message.get("body", b"")), message.get("more_body", False)
    body = b"%d" % count
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def _answer_never(_scope: Scope, receive: Receive, _send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


PIECE = b"x" * 8_192
PIECES = MOST_HEADER_BYTES // len(PIECE) + 1


@pytest.mark.parametrize("begin", [b"GET /", b"GET / HTTP/1.1\r\nHost: here\r\nX-Long: "])
async def test_headers_without_an_end_are_refused(begin: bytes) -> None:
    async with serving(_count) as (_server, port), asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begin)
        for _ in range(PIECES):
            writer.write(PIECE)
            await writer.drain()
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400 ")
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_headers_without_an_end_behind_a_request_that_is_being_answered_cut_the_connection() -> None:
    async with serving(_answer_never) as (server, port), asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        while not server.server_state.tasks:  # noqa: ASYNC110 - uvicorn fills it
            await asyncio.sleep(0.01)
        writer.write(b"GET / HTTP/1.1\r\nX-Long: ")
        with suppress(ConnectionError):
            for _ in range(PIECES):
                writer.write(PIECE)
                await writer.drain()
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        while server.server_state.connections:  # noqa: ASYNC110 - uvicorn empties it
            await asyncio.sleep(0.01)


async def test_a_long_body_is_no_header_and_the_connection_goes_on() -> None:
    async with serving(_count) as (_server, port), asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * 2 * PIECES))
            for _ in range(2 * PIECES):
                writer.write(PIECE)
                await writer.drain()
            answer = await reader.readuntil(b"%d" % (len(PIECE) * 2 * PIECES))
            assert answer.startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_an_old_client_is_answered_and_left() -> None:
    async with serving(_count) as (_server, port), asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        assert answer.endswith(b"\r\n\r\n0")
        assert b"connection: close" in answer
        writer.close()
