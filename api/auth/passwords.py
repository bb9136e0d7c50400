"""Passwords, hashed with argon2id in threads of their own: a hash takes tens of milliseconds and 64 MiB."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.turns import Turns

MOST_AT_ONCE = 2
"""Threads: a flood of logins then waits here instead of taking memory and every core."""
MOST_WAITING = 100
"""A few seconds of hashing. Whoever comes on top of them is told to try again, instead of waiting ever longer."""


class Passwords:
    """Hashes and checks. Both take the same time for a user who does not exist."""

    def __init__(self) -> None:
        self._argon2id = PasswordHash((Argon2Hasher(),))
        self._turns = Turns(at_once=MOST_AT_ONCE, waiting=MOST_WAITING)
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="argon2id")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The text to store.

        Raises:
            ProblemError: too many wait already.
        """
        async with self._turns.turn():
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2id.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password. For nobody's hash (None) it takes as long, and is False.

        Raises:
            ProblemError: too many wait already.
        """
        loop = asyncio.get_running_loop()
        async with self._turns.turn():
            return await loop.run_in_executor(self._threads, self._matches, password, password_hash)

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, password_hash: str | None) -> bool:
        if password_hash is not None:
            return self._argon2id.verify(password, password_hash)
        if self._nobody is None:
            self._nobody = self._argon2id.hash("nobody's password")
        self._argon2id.verify(password, self._nobody)
        return False
