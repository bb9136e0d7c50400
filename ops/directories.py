"""The folder that a service owns while it runs: one at a time, on a disk with room."""

import asyncio
import errno
import fcntl
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ops.process import StartupProblem

LEAST_FREE_MIB: Final = 512
"""Both Kafka and PostgreSQL take space ahead and fare badly when it runs out under them."""
FREE_PORTS: Final = range(20_000, 32_000)
"""Below those that systems give to clients (Linux from 32768 on): while a server of ours is down nobody may get its port by
chance, and a client that asks for it never connects to itself.
"""
RETRY_SECONDS: Final = 0.1
"""Between two tries to get a lock."""
_MIB: Final = 1024 * 1024


@contextmanager
def disk_trouble_told(path: Path) -> Iterator[None]:
    """Turn what the disk may refuse into a sentence. Raises StartupProblem."""
    try:
        yield
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StartupProblem(
                f"The disk that holds {path} is full. Free at least {LEAST_FREE_MIB} MiB, or set BIOME_DATA_DIR to a folder on another disk."
            ) from fault
        if fault.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise StartupProblem(
                f"{fault.filename or path} cannot be made or written by this user ({fault.strerror}). Set BIOME_DATA_DIR to a folder of yours, or run"
                " as the user that made this one."
            ) from fault
        raise


def require_space(path: Path) -> None:
    """Raises StartupProblem when the disk that holds an existing path is about full."""
    free = shutil.disk_usage(path).free // _MIB
    if free < LEAST_FREE_MIB:
        raise StartupProblem(
            f"The disk that holds {path} is almost full: {free} MiB are free, {LEAST_FREE_MIB} MiB are needed. Free some space, or set"
            " BIOME_DATA_DIR to a folder on another disk."
        )


async def lock_directory(directory: Path, *, patience: float = 0.0) -> int:
    """Hold a folder for ourselves: the descriptor of the lock, for children to inherit and the caller to close.

    Kafka itself damages a live node when it is started a second time on its data (it writes its metadata log before it
    looks at its own lock), so this lock comes first and stays with the JVM until that is gone. ``patience`` is how many
    seconds to wait for a holder that is known to be about to go.

    Raises:
        StartupProblem: another process holds it.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    last_try = time.monotonic() + patience
    while not _locked(descriptor):
        if time.monotonic() >= last_try:
            os.close(descriptor)
            raise StartupProblem(
                f"{directory} is in use by another `biome up`. Stop that one with `make down`, or set BIOME_DATA_DIR to another folder"
                " (and other ports) to run a second market."
            )
        await asyncio.sleep(RETRY_SECONDS)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on right now, and that nobody else gets here while this process lives."""
    return free_ports(1, host=host)


def free_ports(count: int, *, host: str = "127.0.0.1") -> int:
    """The first of so many free ports in a row."""
    while True:
        first = secrets.choice(range(FREE_PORTS.start, FREE_PORTS.stop - count + 1))
        if _reserve(range(first, first + count), host=host):
            return first


def _reserve(ports: range, *, host: str) -> bool:
    """Whether nothing listens on any of these ports and none is promised to somebody. What holds a promise is a socket of UDP,
    which none of our servers uses: it is seen by every process, and goes with this one.
    """
    held: list[socket.socket] = []
    try:
        for port in ports:
            with socket.socket() as probe:
                probe.bind((host, port))
            held.append(socket.socket(type=socket.SOCK_DGRAM))
            held[-1].bind((host, port))
    except OSError:
        for promise in held:
            promise.close()
        return False
    for promise in held:
        promise.detach()
    return True


def require_free_port(port: int, *, host: str, of: str, variable: str) -> None:
    """Raises StartupProblem when something listens on the port already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as servers do: a connection that lingers is no obstacle
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise StartupProblem(
                f"Port {port}, where {of} would listen, is not free on {host} ({fault.strerror}). Stop what listens there, or choose another port"
                f" with {variable}=<port>."
            ) from fault
