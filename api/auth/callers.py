"""Whether a token or a key still speaks for its user: PostgreSQL knows, and each process remembers it for a moment.

What ends a session or a key is told to every process by NOTIFY, so it holds there within milliseconds. If a process misses
that (its listener was reconnecting), what it remembers is asked for again after ``REMEMBERED_SECONDS`` all the same.
"""

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection, Error

from api.auth.keys import digest_of
from api.auth.rights import SCOPES_OF_A_SESSION, Caller, Role, Scope
from api.auth.tokens import SignedIn
from api.database import Pool
from api.gathered import Gathered

REMEMBERED_SECONDS = 3.0
"""Longest that a session or key which was ended may still be taken by a process that was not told."""
RENEWED_SECONDS = 1.0
"""So long before a user is forgotten, whoever speaks for them has them read anew, and waits for nothing."""
RENEWAL_EVERY_SECONDS = 0.2
"""All that came up in the meantime are read by one statement."""
MOST_REMEMBERED = 20_000
"""Callers within those seconds: several thousand requests a second, far above what one process serves. About 10 MB."""
RIGHTS_CHANNEL = "biome_rights"
"""NOTIFY channel: the payload is a player whose sessions, keys or role have changed."""
USED_EVERY_SECONDS = 60
"""How exact a key's ``last_used_at`` is: a write for each request would cost more than the request."""

_USERS = "SELECT id, username, role, session_version FROM users WHERE id = ANY(%s)"
_KEY = """
SELECT api_keys.id, api_keys.name, scopes, player::text, username, role, extract(epoch FROM expires_at)::float8,
    coalesce(last_used_at < clock_timestamp() - make_interval(secs => %s), true)
FROM api_keys JOIN users ON users.id = player
WHERE digest = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
"""


class _User(NamedTuple):
    username: str
    role: Role
    session: int


class _Remembered(NamedTuple):
    until: float
    player: str | None
    known: _User | Caller | None


class Callers:
    """Finds who a credential speaks for now."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._users: Gathered[str, _User | None] = Gathered(self._read_users)
        self._remembered: OrderedDict[str | bytes, _Remembered] = OrderedDict()
        self._changes = 0
        """How often something was forgotten: what was read before and comes after may be from before the change."""
        self._to_renew: set[str] = set()

    async def run(self) -> None:
        """Renew what is remembered of users who keep coming, until cancelled."""
        while True:
            await asyncio.sleep(RENEWAL_EVERY_SECONDS)
            if not self._to_renew:
                continue
            players, self._to_renew = list(self._to_renew), set()
            changes = self._changes
            with suppress(Error):  # they are asked for when they come after they were forgotten
                for player, user in zip(players, await self._read_users(players), strict=True):
                    self._remember(player, player, user, as_of=changes)

    async def of_session(self, signed_in: SignedIn) -> Caller | None:
        """The user of a token, as they are now; None when their sessions were ended since, or there is no such user."""
        user = self._recall(signed_in.player)
        if user is None:
            changes = self._changes
            user = self._remember(
                signed_in.player, signed_in.player, await self._users.ask(signed_in.player), as_of=changes
            )
        elif user.until - time.monotonic() < RENEWED_SECONDS:
            self._to_renew.add(signed_in.player)
        if not isinstance(user.known, _User) or user.known.session != signed_in.session:
            return None
        scopes = SCOPES_OF_A_SESSION[user.known.role]
        return Caller(signed_in.player, user.known.username, scopes, until=signed_in.until)

    async def of_key(self, key: str) -> Caller | None:
        """The player whose key it is; None for one that is wrong, revoked or expired."""
        digest = digest_of(key)
        if digest is None:
            return None
        remembered = self._recall(digest)
        if remembered is None:
            changes = self._changes
            caller = await self._read_key(digest)
            remembered = self._remember(digest, caller and caller.player, caller, as_of=changes)
        return remembered.known if isinstance(remembered.known, Caller) else None

    def forget(self, player: str) -> None:
        """Ask again at their next request: something has changed."""
        self._changes += 1
        for credential in [key for key, one in self._remembered.items() if one.player == player]:
            del self._remembered[credential]

    def forget_all(self) -> None:
        """Ask again about everyone: something may have changed that this process was not told."""
        self._changes += 1
        self._remembered.clear()

    def _recall(self, credential: str | bytes) -> _Remembered | None:
        remembered = self._remembered.get(credential)
        return None if remembered is None or remembered.until < time.monotonic() else remembered

    def _remember(
        self, credential: str | bytes, player: str | None, known: _User | Caller | None, *, as_of: int
    ) -> _Remembered:
        remembered = _Remembered(time.monotonic() + REMEMBERED_SECONDS, player, known)
        if as_of != self._changes:
            return remembered  # for this request; the next one asks again
        self._remembered[credential] = remembered
        self._remembered.move_to_end(credential)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return remembered

    async def _read_users(self, players: list[str]) -> list[_User | None]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_USERS, ([UUID(player) for player in players],))
            found = {str(player): _User(name, Role(role), session) async for player, name, role, session in cursor}
        return [found.get(player) for player in players]

    async def _read_key(self, digest: bytes) -> Caller | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_KEY, (USED_EVERY_SECONDS, digest))
            row = await cursor.fetchone()
            if row is None:
                return None
            key, name, scopes, player, username, role, until, was_long_ago = row
            if was_long_ago:
                await connection.execute("UPDATE api_keys SET last_used_at = clock_timestamp() WHERE id = %s", (key,))
        allowed = SCOPES_OF_A_SESSION[Role(role)] & {Scope(scope) for scope in scopes}
        return Caller(player, username, allowed, key=str(key), key_name=name, until=until)


async def tell_everyone(connection: AsyncConnection[Any], player: UUID) -> None:
    """Let every process ask again about a player, once the transaction is committed."""
    await connection.execute("SELECT pg_notify(%s, %s)", (RIGHTS_CHANNEL, str(player)))


async def end_sessions(connection: AsyncConnection[Any], player: UUID) -> int:
    """Void all access tokens of a user. The version under which new ones are given."""
    cursor = await connection.execute(
        "UPDATE users SET session_version = session_version + 1 WHERE id = %s RETURNING session_version", (player,)
    )
    row = await cursor.fetchone()
    assert row is not None
    await tell_everyone(connection, player)
    version: int = row[0]
    return version
