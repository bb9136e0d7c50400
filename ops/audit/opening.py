"""An auditor on a market: its two readers, each log from where a state left off."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import msgspec
from aiokafka import TopicPartition

from ops.audit.attention import COUNTERS, ShardStart
from ops.audit.auditor import Auditor
from ops.audit.logs import LogReader, logs_of
from ops.audit.shards import AttentionAuditor
from ops.audit.state import DEAD, OF_THE_MARKET, TABLE, AuditState, pings_of, table_of
from schemas.topics import ATTENTION_PINGS

FROM_THE_BEGINNING: Final = 0


@asynccontextmanager
async def auditor_of(
    bootstrap: str, state: AuditState | None, *, window_ms: int, follows: bool
) -> AsyncIterator[Auditor]:
    """An auditor that goes on from a state (None: from the first input on). ``follows``: it waits for brokers and ticks.

    Raises:
        KafkaError, OSError, TimeoutError: it does not follow, and no broker answers.
    """
    async with AsyncExitStack() as stack:
        asking = await stack.enter_async_context(LogReader(bootstrap, {pings_of(0): 0}, patient=follows))
        starts = await shard_starts(asking, state, window_ms=window_ms)
        places = {**market_places(state), TABLE: FROM_THE_BEGINNING}
        logs = await stack.enter_async_context(logs_of(bootstrap, places, patient=follows))
        attention = await stack.enter_async_context(attention_of(bootstrap, state, starts, follows=follows))
        yield Auditor(logs, attention, state, follows=follows)


@asynccontextmanager
async def attention_of(
    bootstrap: str, state: AuditState | None, starts: Sequence[ShardStart], *, follows: bool
) -> AsyncIterator[AttentionAuditor]:
    """The part of an auditor that audits attention."""
    places = {
        **{pings_of(shard): start.next_offset for shard, start in enumerate(starts)},
        **{table_of(shard): FROM_THE_BEGINNING for shard in range(len(starts))},
        DEAD: FROM_THE_BEGINNING if state is None else state.letters,
    }
    async with logs_of(bootstrap, places, patient=follows) as logs:
        yield AttentionAuditor(logs, starts, follows=follows)


def market_places(state: AuditState | None) -> dict[TopicPartition, int]:
    """Where the market's logs are read on."""
    offsets = {} if state is None else state.offsets
    return {place: offsets.get(place.topic, FROM_THE_BEGINNING) for place in OF_THE_MARKET}


async def shard_starts(asking: LogReader, state: AuditState | None, *, window_ms: int) -> list[ShardStart]:
    """Where each shard of attention is folded on: as the state says, or, where the log of pings begins later, from there."""
    partitions = await asking.partitions_of(ATTENTION_PINGS.name)
    kept = state.shards if state is not None and len(state.shards) == partitions else None
    starts = []
    for shard in range(partitions):
        start = kept[shard] if kept else ShardStart(base=[0] * COUNTERS, window_ms=window_ms)
        beginning = await asking.beginning_of(pings_of(shard))
        if start.next_offset < beginning:
            start = msgspec.structs.replace(start, next_offset=beginning, row=None, base=None)
        starts.append(start)
    return starts
