"""A worker for the tests: a real Faust process on the durable loop, with a fold small enough to check by hand.

Inputs are whole numbers; ``mark`` commits: one output with the sum so far, and a row for each residue of ten. What is
neither is counted in a row of its own; ``huge`` makes a row of 20,000 bytes. Run as: python tally_worker.py APP PARTITIONS WORKER

Faults are planted by the environment, each in this process only:

TALLY_BOOM=file           the input ``boom`` raises, once, while that file exists
TALLY_SKIP=file           one input is dropped before the loop sees it, once, while that file exists (as fault 1 does)
TALLY_KILL=where:n        SIGKILL in the n-th commit: half_of_the_sends, before_the_commit, in_the_commit, after_the_commit
TALLY_STOP=n              SIGSTOP before the end of the n-th commit
TALLY_HOLES=1             the input log may have holes
TALLY_JOIN_SECONDS=n      instead of the usual limit
TALLY_STILL_SECONDS=n     instead of the usual limit
TALLY_ACK_SECONDS=n       instead of the usual limit
TALLY_SLOW=seconds        each commit takes so much longer, and may be put off
TALLY_OPENING=file        opening the first shard takes until that file exists
TALLY_OPENING_FROM=n      not the first shard, but those from this partition on
TALLY_WATCH_SECONDS=n     instead of the usual time between two looks at progress
TALLY_PATIENT=1           no limit of its own ends it: all of them count while it is paused, and what ends it then is to be the broker
"""

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import sleep
from typing import NoReturn

from schemas.environment import Environment
from schemas.logs import configure_logging
from schemas.topics import Topic
from streams.durable import agent as agent_module
from streams.durable import progress
from streams.durable.agent import DurableAgent
from streams.durable.changelog import Changelog, within_limit
from streams.durable.dying import LoopWatch
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.durable.shard import Shard
from streams.durable.shards import Shards

JUNK = b"junk"
NO_LIMIT_SECONDS = 3_600.0
HUGE_ROW_BYTES = 20_000


class TallyFold:
    """Sums whole numbers, by their residue."""

    def __init__(self, partition: int, rows: Rows, *, output: str, boom: Path | None = None) -> None:
        self.rows = rows
        self._partition = partition
        self._output = output
        self._boom = boom
        self._junk = int(rows.get(JUNK) or 0)
        self._sums = {int(key): int(value) for key, value in rows.items() if key.isdigit()}

    def initial_commit(self) -> None:
        """Nothing."""

    def fold(self, record: Record) -> Commit | None:
        if record.value == b"mark":
            return self._mark(record.offset)
        if record.value == b"boom" and self._boom and was_there(self._boom):
            raise RuntimeError("boom")
        if record.value == b"huge":
            self.rows.put(b"huge", b"x" * HUGE_ROW_BYTES)
        elif record.value is not None and record.value.isdigit():
            number = int(record.value)
            self._sums[number % 10] = self._sums.get(number % 10, 0) + number
        else:
            self._junk += 1
        return None

    def report(self) -> Sequence[Output]:
        return ()

    def _mark(self, offset: int) -> Commit:
        for residue, total in self._sums.items():
            self.rows.put(str(residue).encode(), str(total).encode())
        if self._junk:
            self.rows.put(JUNK, str(self._junk).encode())
        output = Output(self._output, f"{self._partition}-{offset}".encode(), b"%d" % sum(self._sums.values()))
        return Commit(offset + 1, [output], may_wait="TALLY_SLOW" in os.environ)


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


def kill_in_a_commit(where: str, number: int) -> None:
    """Plant a SIGKILL in the commit of that number."""
    transact = Changelog._transact
    commits = itertools.count(1)

    async def transact_and_die(changelog: Changelog, outputs: Sequence[Output], changes: Mapping[bytes, bytes]) -> None:
        if next(commits) == number:
            die_in(where, changelog, sends=len(outputs) + len(changes))
        await transact(changelog, outputs, changes)

    Changelog._transact = transact_and_die  # type: ignore[method-assign,assignment]


def die_in(where: str, changelog: Changelog, *, sends: int) -> None:
    producer = changelog._producer
    send, commit, sent = producer.send, producer.commit_transaction, []

    async def send_half(*message: object, **options: object) -> object:
        sent.append(await send(*message, **options))
        if len(sent) >= (sends + 1) // 2:
            await asyncio.gather(*sent)
            kill_myself()
        return sent[-1]

    async def commit_and_die() -> None:
        if where == "stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
            await commit()
            return
        if where == "after_the_commit":
            await commit()
        elif where == "in_the_commit":
            committing = asyncio.ensure_future(commit())
            await asyncio.wait({committing}, timeout=0.001)
        kill_myself()

    if where == "half_of_the_sends":
        producer.send = send_half
    else:
        producer.commit_transaction = commit_and_die


def kill_myself() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def slow_down_commits(seconds: float) -> None:
    transact = Changelog._transact

    async def transact_slowly(changelog: Changelog, outputs: Sequence[Output], changes: Mapping[bytes, bytes]) -> None:
        await asyncio.sleep(seconds)
        await transact(changelog, outputs, changes)

    Changelog._transact = transact_slowly  # type: ignore[method-assign,assignment]


def skip_an_input(file: Path) -> None:
    """Drop one input on its way to the shard, as Faust's recovery race does."""
    take = Shard.take

    async def take_but_one(shard: Shard, record: Record, log_reader: object) -> None:
        if record.offset != shard.position or shard.position == 0 or not was_there(file):
            await take(shard, record, log_reader)

    Shard.take = take_but_one  # type: ignore[method-assign,assignment]


def wait_while_opening(file: Path, *, first: int) -> None:
    """Linger over the first shard, so that a rebalance comes before the others are opened."""
    open_ = Shards._open

    async def opened_slowly(shards: Shards, partition: int, *, topic_id: str) -> Shard:
        shard = await open_(shards, partition, topic_id=topic_id)
        if partition >= first:
            sys.stderr.write("opening\n")
            await asyncio.to_thread(wait_for, file)
        return shard

    Shards._open = opened_slowly  # type: ignore[method-assign,assignment]


def was_there(file: Path) -> bool:
    """Whether the file was there. It is not any more."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


def wait_for(file: Path) -> None:
    while not file.exists():
        sleep(0.02)


def be_patient() -> None:
    """Whatever waits for a broker, watches the loop, or watches progress."""
    LoopWatch.LIMIT_SECONDS = NO_LIMIT_SECONDS
    within_limit.__kwdefaults__ = {"limit": NO_LIMIT_SECONDS}
    agent_module.JOIN_LIMIT_SECONDS = NO_LIMIT_SECONDS
    progress.STILL_LIMIT_SECONDS = progress.ALONE_LIMIT_SECONDS = NO_LIMIT_SECONDS


def plant_faults() -> None:
    if "TALLY_PATIENT" in os.environ:
        be_patient()
    if "TALLY_KILL" in os.environ:
        where, number = os.environ["TALLY_KILL"].split(":")
        kill_in_a_commit(where, int(number))
    if "TALLY_STOP" in os.environ:
        kill_in_a_commit("stopped", int(os.environ["TALLY_STOP"]))
    if "TALLY_SLOW" in os.environ:
        slow_down_commits(float(os.environ["TALLY_SLOW"]))
    if "TALLY_SKIP" in os.environ:
        skip_an_input(Path(os.environ["TALLY_SKIP"]))
    if "TALLY_OPENING" in os.environ:
        wait_while_opening(Path(os.environ["TALLY_OPENING"]), first=int(os.environ.get("TALLY_OPENING_FROM", "0")))
    if "TALLY_ACK_SECONDS" in os.environ:
        within_limit.__kwdefaults__ = {"limit": float(os.environ["TALLY_ACK_SECONDS"])}
    for module, variable, limit in (
        (agent_module, "TALLY_JOIN_SECONDS", "JOIN_LIMIT_SECONDS"),
        (progress, "TALLY_STILL_SECONDS", "STILL_LIMIT_SECONDS"),
        (agent_module, "TALLY_WATCH_SECONDS", "WATCH_SECONDS"),
    ):
        if variable in os.environ:
            setattr(module, limit, float(os.environ[variable]))


def main() -> None:
    app, partitions, worker = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    environment = Environment(worker_id=worker, attention_shards=partitions)
    configure_logging(environment, app)
    plant_faults()
    inputs, outputs, state = topics(app, partitions)
    boom = Path(os.environ["TALLY_BOOM"]) if "TALLY_BOOM" in os.environ else None
    DurableAgent(
        app,
        environment,
        inputs=inputs,
        state=state,
        open_fold=lambda partition, rows: TallyFold(partition, rows, output=outputs.name, boom=boom),
        contiguous="TALLY_HOLES" not in os.environ,
        proof=outputs if partitions == 1 else None,
    ).run()


if __name__ == "__main__":
    main()
