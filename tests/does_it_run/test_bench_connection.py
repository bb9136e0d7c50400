"""Does a benchmark go on over a connection that the server has closed, and leave none open?"""

import asyncio
from contextlib import suppress

from ops.bench.connection import HttpConnection

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def test_a_request_on_a_connection_that_was_closed_is_sent_again_on_another() -> None:
    requests: list[bytes] = []
    ended = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close at the second without an answer."""
        with suppress(asyncio.IncompleteReadError):  # the client has closed it
            for answer in (ANSWER, b""):
                requests.append(await reader.readuntil(b"}"))
                writer.write(answer)
        writer.close()
        await writer.wait_closed()
        ended.release()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        connection = HttpConnection("http://{}:{}".format(*server.sockets[0].getsockname()))
        assert (await connection.ask("POST", "/", {"order": 1})).status == 200
        first = connection._writer
        assert (await connection.ask("POST", "/", {"order": 2})).status == 200
        assert first is not None
        assert first.is_closing()
        connection.close()
        async with asyncio.timeout(10):
            for _ in range(2):
                await ended.acquire()
    assert [request[request.index(b"{") :] for request in requests] == [b'{"order": 1}', *[b'{"order": 2}'] * 2]
