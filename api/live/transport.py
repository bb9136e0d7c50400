"""The connection under a request: to cut it, and to write a stream's chunks to it.

ASGI can only end a response, and closing a connection waits until the reader has taken what was written. A reader that takes
nothing would stay for ever, with its socket and its buffer. So would a client that never comes to the end of its headers: uvicorn
waits for it without a limit, and keeps whatever has come of them.

And a chunk that is sent by ASGI goes through each middleware and the server: three quarters of the cost of a tick with a thousand
streams.
"""

import asyncio

from starlette.types import Message, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_SECONDS = 10.0
"""Longest that a request's headers may take to come, from the connection or from their first byte."""
MOST_HEADER_BYTES = 64 * 1024
"""Of one request, with its target."""
_VERSIONS = frozenset({"1.0", "1.1"})
"""What this is: httptools would also read HTTP/0.9, a request without a version."""
_PROTOCOL = "protocol"


class CuttableProtocol(HttpToolsProtocol):
    """Shows each request its connection, beside the application's own state; cuts clients whose headers do not come to an end."""

    _too_late: asyncio.TimerHandle | None = None
    _in_body = False
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self.app_state = {**self.app_state, _PROTOCOL: self}
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._header_bytes += len(data)
        super().data_received(data)
        self._wait_for_headers()
        if self._header_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self._refuse_headers()

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in _VERSIONS:
            raise ValueError  # which httptools passes on, and uvicorn answers with a 400
        self._in_body, self._header_bytes = True, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _refuse_headers(self) -> None:
        if self._is_answering():
            self.transport.abort()  # what was said now would be part of the answer that is under way
        else:
            self.send_400_response(f"The headers of a request have at most {MOST_HEADER_BYTES} bytes.")

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_headers(self) -> None:
        """After each piece that came: is a request under way, or is one still to begin?"""
        if self._is_answering():
            self._stop_waiting()
        elif self._too_late is None:
            self._too_late = self.loop.call_later(HEADERS_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None


def abort(scope: Scope) -> bool:
    """Cut the request's connection, whatever is still to be written. False under another server, which has to do it."""
    protocol = _protocol_of(scope)
    if protocol is None:
        return False
    protocol.transport.abort()
    return True


def chunk_sender(scope: Scope, send: Send) -> Send:
    """What sends parts of a body that has begun, has no Content-Length and goes on: ``send`` itself, or a shorter way to the same
    bytes. The end of the body is ``send``'s in any case.
    """
    protocol = _protocol_of(scope)
    if protocol is None or scope["http_version"] != "1.1":  # before it, a body has no chunks
        return send

    async def send_chunk(message: Message) -> None:
        body = message["body"]
        if protocol.flow.write_paused:
            await protocol.flow.drain()
        if body and not protocol.transport.is_closing():
            protocol.transport.write(b"%x\r\n%b\r\n" % (len(body), body))

    return send_chunk


def _protocol_of(scope: Scope) -> CuttableProtocol | None:
    protocol = scope.get("state", {}).get(_PROTOCOL)
    return protocol if isinstance(protocol, CuttableProtocol) else None
