"""HTTP/1.1 on one kept connection, with as little of its own as can be: the load must not cost more than what it measures."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

ANSWER_SECONDS: Final = 30.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes

    def document(self) -> Any:
        return json.loads(self.body)


class HttpConnection:
    """One client's connection. One request at a time."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        parts = urlsplit(url)
        self.address: tuple[str, int] = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._token = token
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(*self.address)
        return self

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send a request, and wait for its whole answer. It may be sent twice: an order needs an id of its own.

        Raises:
            TimeoutError, OSError: none came.
        """
        if self._reader is not None:
            with suppress(asyncio.IncompleteReadError, ConnectionError):  # a server closes a connection that was idle
                return await self._ask(method, path, body)
        self.close()
        await self.open()
        return await self._ask(method, path, body)

    async def _ask(self, method: str, path: str, body: object) -> Answer:
        assert self._reader is not None
        assert self._writer is not None
        self._writer.write(self.request(method, path, body))
        async with asyncio.timeout(ANSWER_SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            return Answer(int(head[9:12]), await self._reader.readexactly(_length(head)))

    def request(self, method: str, path: str, body: object = None) -> bytes:
        """The bytes of a request."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.address[0]}:{self.address[1]}",
            f"Content-Length: {len(content)}",
        ]
        if content:
            lines.append("Content-Type: application/json")
        if self._token is not None:
            lines.append(f"Authorization: Bearer {self._token}")
        return "\r\n".join([*lines, "", ""]).encode() + content


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
