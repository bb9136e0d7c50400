"""The folder that a service owns while it runs: one at a time, on a disk with room."""

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ops.process import StartupProblem

LEAST_FREE_MIB: Final = 512
"""Both Kafka and PostgreSQL take space ahead and fare badly when it runs out under them."""
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
        if fault.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise StartupProblem(
                f"{fault.filename or path} may not be written by this user ({fault.strerror}). Set BIOME_DATA_DIR to a folder of yours, or run"
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


def lock_directory(directory: Path) -> int:
    """Hold a folder for ourselves: the descriptor of the lock, for children to inherit and the caller to close.

    Kafka itself damages a live node when it is started a second time on its data (it writes its metadata log before it
    looks at its own lock), so this lock comes first and stays with the JVM until that is gone.

    Raises:
        StartupProblem: another process holds it.
    """
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        os.close(descriptor)
        if fault.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
            raise
        raise StartupProblem(
            f"{directory} is in use by another `biome up`. Stop that one with `make down`, or set BIOME_DATA_DIR to another folder"
            " (and other ports) to run a second market."
        ) from None
    return descriptor


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
