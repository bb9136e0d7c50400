"""What tests speak HTTP with. httpx reads all certificate authorities for every client that it makes: 60 ms on a slow machine, for
nothing where the server is our own.
"""

from typing import Final

import httpx

TLS: Final = httpx.create_ssl_context()
"""``verify`` of every client here: made once."""
