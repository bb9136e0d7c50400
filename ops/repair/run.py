"""`biome repair`: rebuild a table from its log, and write it over the one that does not match."""

import asyncio
import sys
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from ops.audit.logs import LogReader, logs_of
from ops.audit.opening import attention_of, market_places, shard_starts
from ops.audit.resuming import FOLDER, newest_state
from ops.audit.shards import refuse_other_windows
from ops.audit.state import INPUTS, TABLE, AuditState, pings_of, table_of
from ops.audit.tables import Table
from ops.repair.attention import ShardRefold
from ops.repair.market import MarketRefold
from ops.repair.rewriting import (
    ATTEMPTS,
    RETRY_SECONDS,
    NotRepairableError,
    Rebuilt,
    differences,
    ownership,
    read_table,
    rewrite,
    sentence,
)
from schemas.environment import Environment
from streams.durable.fold import CannotFoldError


def repair_market(environment: Environment, *, dry_run: bool) -> int:
    """Repair the market's table; returns the exit status."""
    return _told(_repair_market(environment, dry_run=dry_run), environment)


def repair_attention(environment: Environment, *, shard: int, dry_run: bool) -> int:
    """Repair the table of one shard of attention; returns the exit status."""
    return _told(_repair_attention(environment, shard=shard, dry_run=dry_run), environment)


def _told(work: Awaitable[int], environment: Environment) -> int:
    async def run() -> int:
        return await work

    try:
        return asyncio.run(run())
    except NotRepairableError as reason:
        print(f"[WRONG] {reason}")
        return 1
    except CannotFoldError as unknown:
        print(unknown, file=sys.stderr)
    except (KafkaError, TimeoutError, OSError) as away:
        print(f"Kafka at {environment.kafka_bootstrap} does not answer: {away}", file=sys.stderr)
    return 2


async def _repair_market(environment: Environment, *, dry_run: bool) -> int:
    bootstrap = environment.kafka_bootstrap
    state = await _begin(environment)
    async with logs_of(bootstrap, market_places(state), patient=False) as logs:
        refold = MarketRefold(logs, state)
        if dry_run:
            table = await read_table(bootstrap, TABLE)
            await refold.follow(up_to=None if table.high_water is None else table.high_water.next_offset)
            return _tell(TABLE, table, refold.rebuilt())
        return await _Repair(bootstrap, TABLE, INPUTS, refold).run()


async def _repair_attention(environment: Environment, *, shard: int, dry_run: bool) -> int:
    bootstrap = environment.kafka_bootstrap
    state = await _begin(environment)
    async with AsyncExitStack() as stack:
        asking = await stack.enter_async_context(LogReader(bootstrap, {pings_of(0): 0}, patient=False))
        starts = await shard_starts(asking, state, window_ms=environment.window_ms)
        if shard >= len(starts):
            print(f"There is no shard {shard} of attention: they are 0 to {len(starts) - 1}.", file=sys.stderr)
            return 2
        logs = await stack.enter_async_context(logs_of(bootstrap, {INPUTS: _first_input(state)}, patient=False))
        attention = await stack.enter_async_context(attention_of(bootstrap, state, starts, follows=False))
        refold = ShardRefold(logs[INPUTS], attention, shard)
        table = await read_table(bootstrap, table_of(shard))
        refuse_other_windows(table, shards=len(starts), window_ms=environment.window_ms)
        if dry_run:
            return _tell(table_of(shard), table, await refold.rebuild(table))
        return await _Repair(bootstrap, table_of(shard), pings_of(shard), refold).run()


class _Refold(Protocol):
    async def follow(self) -> None: ...

    async def rebuild(self, table: Table, /) -> Rebuilt: ...


class _Repair:
    def __init__(self, bootstrap: str, place: TopicPartition, inputs: TopicPartition, refold: _Refold) -> None:
        self._bootstrap = bootstrap
        self._place = place
        self._inputs = inputs
        self._refold = refold

    async def run(self) -> int:
        # Most of the log is folded while the worker still runs, or still tries to: what is left then takes no time.
        await self._refold.follow()
        for attempt in range(ATTEMPTS):
            try:
                return await self._attempt()
            except ProducerFenced:
                _say(f"The worker took the shard back (attempt {attempt + 1} of {ATTEMPTS}).")
                await asyncio.sleep(RETRY_SECONDS)
        raise NotRepairableError("The worker took the shard back every time. Stop it, and repair then.")

    async def _attempt(self) -> int:
        async with ownership(self._bootstrap, self._place) as producer:
            table = await read_table(self._bootstrap, self._place)
            rebuilt = await self._refold.rebuild(table)
            found = differences(table, rebuilt)
            if not found:
                print(f"[OK] {sentence(self._place, 'the rows are those of the log: there is nothing to repair')}")
                return 0
            await rewrite(producer, self._place, table, rebuilt, inputs=self._inputs, bootstrap=self._bootstrap)
        for what in found:
            print(f"[REPAIRED] {sentence(self._place, what)}")
        left = differences(await read_table(self._bootstrap, self._place), rebuilt)
        print(
            f"[OK] The rows stand for every input before {rebuilt.next_offset}. The worker goes on from there by itself."
        )
        if left:
            _say("It does already: the rows have changed since.")
        return 0


def _tell(place: TopicPartition, table: Table, rebuilt: Rebuilt) -> int:
    found = differences(table, rebuilt)
    for what in found:
        print(f"[WRONG] {sentence(place, what)}")
    if not found:
        print(f"[OK] {sentence(place, 'the rows are those of the log')}")
    return 1 if found else 0


async def _begin(environment: Environment) -> AuditState | None:
    snapshots = environment.data_dir.absolute() / FOLDER
    state = await newest_state(environment.kafka_bootstrap, snapshots, _say)
    _say("Folding from the first input." if state is None else f"Folding from the snapshot of tick {state.tick}.")
    return state


def _first_input(state: AuditState | None) -> int:
    return 0 if state is None else state.next_offset


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
