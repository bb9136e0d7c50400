"""A worker for the tests: a real Faust process on the durable loop, with a fold small enough to check by hand.

Inputs are whole numbers; ``mark`` commits: one output with the sum so far, and a row for each residue of ten.
``boom`` raises inside the fold the first time a file says so. Run as: python tally_worker.py APP PARTITIONS WORKER [FAULT]
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas.environment import Environment
from schemas.logs import configure_logging
from schemas.topics import Topic
from streams.durable.agent import DurableAgent
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows


class TallyFold:
    """Sums whole numbers, by their residue."""

    def __init__(self, rows: Rows, *, output: str, boom: Path | None) -> None:
        self.rows = rows
        self._output = output
        self._boom = boom
        self._sums = {int(key): int(value) for key, value in rows.items()}

    def fold(self, record: Record) -> Commit | None:
        assert record.value is not None
        if record.value == b"boom":
            self._raise_once()
        elif record.value == b"mark":
            for residue, total in self._sums.items():
                self.rows.put(str(residue).encode(), str(total).encode())
            total = str(sum(self._sums.values())).encode()
            return Commit(record.offset + 1, [Output(self._output, str(record.offset).encode(), total)])
        else:
            number = int(record.value)
            self._sums[number % 10] = self._sums.get(number % 10, 0) + number
        return None

    def report(self) -> Sequence[Output]:
        return ()

    def _raise_once(self) -> None:
        if self._boom and self._boom.exists():
            self._boom.unlink()
            raise RuntimeError("boom")


def topic(name: str, *, partitions: int, compacted: bool = False) -> Topic:
    return Topic(
        name=name,
        key="any",
        partitions=partitions,
        writers=(),
        readers=(),
        what="a test's",
        stamped_by_broker=True,
        compacted=compacted,
    )


def topics(app: str, partitions: int) -> tuple[Topic, Topic, Topic]:
    """Inputs, outputs and changelog of the app."""
    return (
        topic(f"{app}.inputs", partitions=partitions),
        topic(f"{app}.outputs", partitions=1),
        topic(f"{app}-state-changelog", partitions=partitions, compacted=True),
    )


def main() -> None:
    app, partitions, worker = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    environment = Environment(worker_id=worker)
    configure_logging(environment, app)
    inputs, outputs, state = topics(app, partitions)
    boom = Path(os.environ["BOOM"]) if "BOOM" in os.environ else None
    DurableAgent(
        app,
        environment,
        inputs=inputs,
        state=state,
        open_fold=lambda _partition, rows: TallyFold(rows, output=outputs.name, boom=boom),
        contiguous=True,
    ).run()


if __name__ == "__main__":
    main()
