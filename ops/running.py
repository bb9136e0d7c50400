"""Which `biome up` runs on a data folder: one at a time, known by a lock that it holds and the process id in it."""

import asyncio
import fcntl
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ops.process import StartupProblem

STOP_SECONDS: Final = 90.0
"""Longest that a stop takes: seven processes one after the other, each with its own limit."""
POLL_SECONDS: Final = 0.1


@contextmanager
def the_only_up(data_dir: Path) -> Iterator[None]:
    """Be the `biome up` of a data folder. Raises StartupProblem when there is one already."""
    with (data_dir / "up.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StartupProblem(
                f"`biome up` runs already on {data_dir} (process {file.read().strip() or 'unknown'}), and goes on. Stop it with `make down`, or"
                " run a second market with BIOME_DATA_DIR and ports of its own (`biome settings` lists them)."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def running_up(data_dir: Path) -> int | None:
    """The process id of the `biome up` that runs on a data folder."""
    try:
        with (data_dir / "up.pid").open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
            return None
    except FileNotFoundError:
        return None


async def stop_up(data_dir: Path) -> bool:
    """Stop the `biome up` of a data folder and wait until it is gone: whether there was one. Raises StartupProblem."""
    pid = running_up(data_dir)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            while running_up(data_dir) == pid:  # noqa: ASYNC110 - another process's end sets no event of ours
                await asyncio.sleep(POLL_SECONDS)
    except PermissionError as fault:
        raise StartupProblem(f"Process {pid} belongs to another user. Run this as that user.") from fault
    except ProcessLookupError:
        return True
    except TimeoutError as fault:
        raise StartupProblem(
            f"Process {pid} has not stopped within {STOP_SECONDS:.0f} s. `kill -9 {pid}` ends it and all it started."
        ) from fault
    return True


def write_processes(data_dir: Path, processes: Mapping[str, int]) -> None:
    """Note which processes run, for `biome status`."""
    unfinished = data_dir / "processes.json.new"
    unfinished.write_text(json.dumps(processes))
    unfinished.replace(data_dir / "processes.json")


def read_processes(data_dir: Path) -> dict[str, int]:
    """Which processes the `biome up` of a data folder has noted."""
    try:
        noted: dict[str, int] = json.loads((data_dir / "processes.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return noted
