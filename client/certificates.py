"""What servers are checked by, for all clients of a process: to read every certificate authority takes 30 ms."""

from functools import cache
from ssl import SSLContext

import httpx


@cache
def tls_context() -> SSLContext:
    """As httpx makes one for each client."""
    return httpx.create_ssl_context()
