"""API keys: 256 bits of chance, shown once. What is kept is their SHA-256, from which nothing can be guessed."""

import hashlib
import re
import secrets
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from api.auth.rights import Scope

KEY_BYTES = 32
PREFIX = "bmk_"
"""Tells a key from an access token, and tells a secret scanner what it has found."""
SHOWN_CHARACTERS = len(PREFIX) + 6
"""Of the key, to recognise it by: the 220 bits that are left are still beyond guessing."""
MOST_KEYS = 20
"""Of one player that are valid at once: a key a program, and some room to replace them."""

_PATTERN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


class Key(NamedTuple):
    """A key as its owner sees it afterwards: without the key."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


_COLUMNS = "id, name, prefix, scopes, created_at, expires_at, last_used_at"
_VALID = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())"


def looks_like_a_key(credential: str) -> bool:
    """Whether it was meant as a key and not as an access token."""
    return credential.startswith(PREFIX)


def digest_of(key: str) -> bytes | None:
    """What is kept of a key; None for what cannot be one."""
    return None if _PATTERN.fullmatch(key) is None else hashlib.sha256(key.encode()).digest()


async def create(
    connection: AsyncConnection[Any], player: UUID, *, name: str, scopes: list[Scope], expires_at: datetime | None
) -> tuple[str, Key] | None:
    """Make a key: it itself, which nobody can show again, and how it is seen from now on. None: the player has too many."""
    key = PREFIX + secrets.token_urlsafe(KEY_BYTES)
    async with connection.transaction():
        # Locks the user, so that two requests at once cannot both find room for the last one.
        await connection.execute("SELECT 1 FROM users WHERE id = %s FOR UPDATE", (player,))
        cursor = await connection.execute(
            f"SELECT count(*) FROM api_keys WHERE player = %s AND {_VALID}",  # noqa: S608 - constants
            (player,),
        )
        held = await cursor.fetchone()
        assert held is not None
        if held[0] >= MOST_KEYS:
            return None
        cursor = await connection.execute(
            "INSERT INTO api_keys (id, player, name, prefix, digest, scopes, expires_at)"  # noqa: S608 - constants
            f" VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
            (uuid4(), player, name, key[:SHOWN_CHARACTERS], digest_of(key), scopes, expires_at),
        )
        row = await cursor.fetchone()
        assert row is not None
    return key, _key_of(row)


async def valid_keys(connection: AsyncConnection[Any], player: UUID) -> list[Key]:
    """The player's keys, oldest first."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE player = %s AND {_VALID} ORDER BY created_at, id",  # noqa: S608 - constants
        (player,),
    )
    return [_key_of(row) for row in await cursor.fetchall()]


async def revoke(connection: AsyncConnection[Any], player: UUID, key: UUID) -> bool:
    """End a key. False: the player has no valid one of this id."""
    cursor = await connection.execute(
        f"UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = %s AND player = %s AND {_VALID}",  # noqa: S608 - constants
        (key, player),
    )
    return cursor.rowcount == 1


async def revoke_all(connection: AsyncConnection[Any], player: UUID) -> None:
    """End every key of a player."""
    await connection.execute(
        "UPDATE api_keys SET revoked_at = clock_timestamp() WHERE player = %s AND revoked_at IS NULL", (player,)
    )


def _key_of(row: tuple[Any, ...]) -> Key:
    key = Key(*row)
    return key._replace(scopes=[Scope(scope) for scope in key.scopes])
