"""The connection under a request, to cut it.

ASGI can only end a response, and closing a connection waits until the reader has taken what was written. A reader that takes
nothing would stay for ever, with its socket and its buffer.
"""

import asyncio

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "transport"


class CuttableProtocol(H11Protocol):
    """Shows each request its connection, beside the application's own state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


def abort(scope: Scope) -> bool:
    """Cut the request's connection, whatever is still to be written. False under another server, which has to do it."""
    transport = scope.get("state", {}).get(_TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        return False
    transport.abort()
    return True
