"""Starts a Kafka that is alone: `python -m ops.kafka_start FOLDER java … kafka.Kafka SERVER_PROPERTIES`.

After a SIGKILL its controller runs by itself first, until it has put the broker's former life to an end. Else the broker, when it
starts, takes itself for the leader of everything, tries every 50 ms to end the transactions whose end was decided when it was killed,
cannot reach itself yet, and is without a leader for some 60 ms when its former session ends. Kafka takes a partition without a leader for a
deleted one (``TransactionMarkerChannelManager``, seen on 4.4.0): it never writes the end of those transactions, and the shard that
they belong to never opens again (docs/faust.md).
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from ops.process import dies_with_this_process

LONGEST_SECONDS: Final = 30.0
"""For the controller to do it; then the broker starts in any case."""
AFTER_ACTIVATION_SECONDS: Final = 5.0
"""The session of a broker that was killed ends within 2 s (``broker.session.timeout.ms``); one that was ended already never does."""
LOOK_SECONDS: Final = 0.05
_ACTIVE: Final = b"Performing controller activation"
_ENDED: Final = b"Fencing broker"


def main() -> None:
    """End what a killed broker left, then become Kafka."""
    folder, *kafka = sys.argv[1:]
    if _was_killed(Path(folder, "data")):
        _end_its_former_life([*kafka, *_controller_alone(Path(kafka[-1]))], Path(folder, "logs", "server.log"))
    os.execv(kafka[0], kafka)  # noqa: S606 - the command line of `ops.kafka`


def _was_killed(data: Path) -> bool:
    """With transactions that may have been under way: Kafka makes the topic for the first one."""
    return not (data / ".kafka_cleanshutdown").exists() and any(data.glob("__transaction_state-*"))


def _controller_alone(server_properties: Path) -> list[str]:
    """What makes the controller alone of the same Kafka: its role and its listener."""
    settings = dict(line.split("=", 1) for line in server_properties.read_text().splitlines() if "=" in line)
    listener = next(one for one in settings["listeners"].split(",") if one.startswith("CONTROLLER:"))
    overrides = ("process.roles=controller", f"listeners={listener}", f"advertised.listeners={listener}")
    return [part for override in overrides for part in ("--override", override)]


def _end_its_former_life(controller: list[str], server_log: Path) -> None:
    said = _Said(server_log)
    running = subprocess.Popen(controller, stdin=subprocess.DEVNULL, preexec_fn=dies_with_this_process())  # noqa: PLW1509, S603
    end, activated = time.monotonic() + LONGEST_SECONDS, False
    while time.monotonic() < end and running.poll() is None and not said.since_then(_ENDED):
        if not activated and said.since_then(_ACTIVE):
            activated, end = True, min(end, time.monotonic() + AFTER_ACTIVATION_SECONDS)
        time.sleep(LOOK_SECONDS)
    running.terminate()
    try:
        running.wait(LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


class _Said:
    """What Kafka's log says from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._before = log.stat().st_size if log.exists() else 0

    def since_then(self, text: bytes) -> bool:
        with self._log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(self._before if log.tell() >= self._before else 0)  # it begins anew at 10 MB
            return text in log.read()


if __name__ == "__main__":
    main()
