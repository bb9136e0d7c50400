"""Players of a benchmark."""

import asyncio
import secrets
from typing import Final, NamedTuple

from ops.bench.connection import HttpConnection
from ops.process import StartupProblem

AT_ONCE: Final = 4
"""Each registration costs the API an argon2 hash."""


class BenchPlayer(NamedTuple):
    """One of them, with an open account."""

    username: str
    token: str


async def register_players(url: str, count: int) -> list[BenchPlayer]:
    """So many new players.

    Raises:
        StartupProblem: the API refuses, or does not answer.
    """
    run, gate = secrets.token_hex(3), asyncio.Semaphore(AT_ONCE)
    password = secrets.token_urlsafe(16)

    async def register(number: int) -> BenchPlayer:
        async with gate:
            username = f"bench-{run}-{number:04d}"
            connection = HttpConnection(url)
            try:
                answer = await connection.ask(
                    "POST", "/api/v1/auth/register", {"username": username, "password": password}
                )
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as fault:
                raise StartupProblem(
                    f"The API does not answer at {url}. Start it (`make up`), or name its port with BIOME_API_PORT."
                ) from fault
            finally:
                connection.close()
            if answer.status != 201:  # noqa: PLR2004
                raise StartupProblem(f"The API refused to register a player: {answer.body.decode(errors='replace')}")
            return BenchPlayer(username, answer.document()["access_token"])

    return list(await asyncio.gather(*(register(number) for number in range(count))))
