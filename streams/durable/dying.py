"""On doubt the process ends. What was committed is whole, so a restart resumes from it in under a second; going on after
something unexpected is what loses or doubles events (faults 2, 6 and 7 of docs/faust.md).
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from enum import IntEnum
from time import monotonic
from typing import NoReturn

import structlog
from aiokafka.errors import KafkaError

from streams.durable.fold import CannotFoldError

log = structlog.get_logger(__name__)

LAST_WORDS_SECONDS = 2.0
"""For the last line of the log: a full pipe that nobody reads must not keep the process alive."""


class Exit(IntEnum):
    """Why a worker ended itself, as its exit status. Any of them is followed by a restart."""

    STOPPED = 0
    UNEXPECTED = 70
    """An exception that nothing expected: inside an agent Faust would acknowledge the event and go on."""
    GAP = 71
    """An input is missing between two that arrived."""
    NOT_ACKNOWLEDGED = 72
    """A broker did not answer within the limit; aiokafka would retry for ever."""
    FENCED = 73
    """Another worker owns this shard now."""
    DAMAGED = 74
    """The rows that were loaded do not have the digest that was committed with them."""
    REFUSED = 75
    """The log and the state do not fit together; an operator has to look."""
    BLOCKED = 76
    """The event loop stood still."""
    NO_PROGRESS = 77
    """Inputs wait and none is taken."""
    NOT_JOINED = 78
    """The consumer group was not joined in time; Faust logs one line and waits for ever."""


def die(status: Exit, reason: str, **context: object) -> NoReturn:
    """End the process at once, without any clean-up that could still write something."""
    _leave_soon(status)
    log.error("worker ends itself", status=status.name, reason=reason, **context)
    _leave(status)


def stop() -> NoReturn:
    """End the process on request, between two commits."""
    _leave_soon(Exit.STOPPED)
    log.info("worker stops")
    _leave(Exit.STOPPED)


@contextlib.contextmanager
def dying(doing: str, **context: object) -> Iterator[None]:
    """Whatever is raised inside ends the process: Faust would acknowledge the event and go on (fault 2)."""
    try:
        yield
    except GeneratorExit:
        raise
    except CannotFoldError as refusal:
        die(Exit.REFUSED, str(refusal), **context)
    except KafkaError as fault:
        die(Exit.NOT_ACKNOWLEDGED, f"Kafka failed in {doing}: {fault!r}", **context)
    except BaseException as fault:
        _leave_soon(Exit.UNEXPECTED)
        log.exception("unexpected", **context)
        die(Exit.UNEXPECTED, f"Unexpected in {doing}: {fault!r}", **context)


def _leave_soon(status: Exit) -> None:
    leave = threading.Timer(LAST_WORDS_SECONDS, os._exit, args=(status,))
    leave.daemon = True
    leave.start()


def _leave(status: Exit) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class LoopWatch:
    """A thread that ends the process when the event loop stands still, since then no other limit works."""

    LIMIT_SECONDS = 20.0
    """Longer than any fold of a batch; shorter than a person would wait."""

    def __init__(self) -> None:
        self._beaten_at = monotonic()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="loop-watch", daemon=True).start()

    def beat(self) -> None:
        """Called from the event loop, again and again."""
        self._beaten_at = monotonic()

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(1.0):
            if monotonic() - self._beaten_at > self.LIMIT_SECONDS:
                die(Exit.BLOCKED, f"The event loop stood still for {self.LIMIT_SECONDS:.0f} s.")
