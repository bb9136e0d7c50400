"""`biome audit`: reads the logs from their beginning, keeps the books again, and holds everything against them."""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Final

import psycopg
from aiokafka.errors import KafkaError

from ops.audit.auditor import Auditor
from ops.audit.database import Projected, read_projection
from ops.audit.opening import auditor_of
from ops.audit.outcomes import AllOutcomes
from ops.audit.progress import Progress
from schemas.environment import Environment
from streams.durable.fold import CannotFoldError

MOST_FAULTS: Final = 20
"""One fault often makes many; the first ones tell."""
NEXT_TICK_SECONDS: Final = 3.0
"""For a further tick, when something that was there at the beginning is not covered yet. A market that stands still has none."""

Say = Callable[[str], None]


async def audit(environment: Environment, say: Say) -> list[str]:
    """Everything that is wrong, as sentences. Begins with what is shown now, and reads the logs up to it.

    Raises:
        KafkaError, TimeoutError, psycopg.Error: a server does not answer.
        CannotFoldError: the log asks for rules that this code does not know.
    """
    projected = await read_projection(environment.database_url.get_secret_value())
    async with auditor_of(environment.kafka_bootstrap, None, window_ms=environment.window_ms, follows=False) as auditor:
        return await _Walk(auditor, environment, projected, say).run()


class _Walk:
    """Through all ticks, up to everything that was there when it began."""

    def __init__(self, auditor: Auditor, environment: Environment, projected: Projected, say: Say) -> None:
        self._auditor = auditor
        self._database_url = environment.database_url.get_secret_value()
        self._projected = projected
        self._say = say
        self._outcomes = AllOutcomes()
        self._faults: list[str] = []

    async def run(self) -> list[str]:
        auditor, progress = self._auditor, Progress(total=None)
        self._faults += await auditor.open()
        while not self._done() and await auditor.wait(seconds=NEXT_TICK_SECONDS):
            verdict = await auditor.next()
            self._faults += verdict.faults
            if verdict.diverged:
                break  # nothing after it can be compared
            self._outcomes.add(auditor.market.events, deadline_ms=auditor.market.settings.deadline_ms)
            if verdict.tick == self._projected.tick:
                self._faults += await self._projected.differences(
                    auditor.market.books, self._outcomes, self._database_url
                )
            progress.tick()
        progress.finish()
        return await self._finish(progress)

    def _done(self) -> bool:
        auditor = self._auditor
        covered = auditor.market.tick >= self._projected.tick and auditor.table_is_checked
        return covered or len(self._faults) >= MOST_FAULTS

    async def _finish(self, progress: Progress) -> list[str]:
        auditor = self._auditor
        if not self._faults:
            self._faults += await auditor.attention.finish()
        if not self._faults and auditor.market.tick < self._projected.tick:
            self._faults.append(
                f"PostgreSQL has tick {self._projected.tick}, and the log ends at {auditor.market.tick}"
            )
        reports = sum(shard.reports for shard in auditor.attention.shards)
        self._say(
            f"{progress.ticks} ticks ({progress.rate:.0f} a second), {self._outcomes.count} orders, "
            f"{len(auditor.market.books.accounts)} accounts, {reports} reports of attention, PostgreSQL as of tick {self._projected.tick}"
        )
        for shard in auditor.attention.shards:
            if not shard.is_calibrated:
                self._say(f"attention shard {shard.number}: its pings are not kept long enough to count them again")
        return self._faults


def main(environment: Environment) -> int:
    """Audit, and print what was found. Returns the exit status."""
    began = time.monotonic()
    try:
        faults = asyncio.run(audit(environment, lambda line: print(line, file=sys.stderr, flush=True)))
    except CannotFoldError as unknown:
        print(unknown, file=sys.stderr)
        return 2
    except (KafkaError, TimeoutError, psycopg.Error, OSError) as away:
        print(f"The audit needs a running Kafka and PostgreSQL (`make up`): {away}", file=sys.stderr)
        return 2
    for sentence in faults[:MOST_FAULTS]:
        print(f"[WRONG] {sentence}")
    if faults:
        return 1
    print(
        f"[OK] The books are exact: cash and shares conserved, chain whole, every tick, price, event and dead letter equal to its "
        f"refold, attention equal to its pings, every order one outcome, PostgreSQL equal to the events "
        f"({time.monotonic() - began:.1f} s)."
    )
    return 0
