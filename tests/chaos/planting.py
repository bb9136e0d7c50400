"""Where in its work a process can be told to die, and how it is told: a signal that nothing else uses."""

import signal
from enum import IntEnum
from pathlib import Path
from typing import Final

PATIENT: Final = signal.SIGRTMIN + 5
"""Not an end either: from now on no limit of its own ends the worker. All of them count on while it is stopped, and it is to be
fenced when it wakes, however long that took.
"""


class Place(IntEnum):
    """Where the process that gets this signal ends, the next time that it comes by."""

    HALFWAY = signal.SIGRTMIN + 1
    """After half of the sends of a transaction; for history, of its rows."""
    BEFORE_THE_COMMIT = signal.SIGRTMIN + 2
    """For the API: after the order was recorded, before it is sent."""
    AFTER_THE_COMMIT = signal.SIGRTMIN + 3
    """For the API: after the order was sent, before it is answered."""
    STOPPED_BEFORE_THE_COMMIT = signal.SIGRTMIN + 4
    """Not an end: SIGSTOP. What it does when it wakes is to commit."""


FOLDER_VARIABLE: Final = "CHAOS_FOLDER"
NAME_VARIABLE: Final = "CHAOS_NAME"


class Folder:
    """What the harness tells the programs of a market, and what they tell it, in files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in (self._holds, self._clocks, self._shards, self._patient):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def _holds(self) -> Path:
        return self.path / "held"

    @property
    def _clocks(self) -> Path:
        return self.path / "clocks"

    @property
    def _shards(self) -> Path:
        return self.path / "shards"

    @property
    def _patient(self) -> Path:
        return self.path / "patient"

    def hold(self, name: str) -> Path:
        """While this file is there, the program of that name does not start."""
        return self._holds / name

    def clock(self, name: str) -> Path:
        """By how many seconds the clock of that program is wrong, from its next start on."""
        return self._clocks / name

    def shards(self, pid: int) -> Path:
        """The partitions that the worker of that process id owns, comma separated; missing until it joined."""
        return self._shards / str(pid)

    def patient(self, pid: int) -> Path:
        """There once the worker of that process id has become patient."""
        return self._patient / str(pid)
