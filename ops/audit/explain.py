"""`biome why`: why prices moved at a tick, from the tick and the one before it."""

import asyncio
import sys

from aiokafka.errors import KafkaError

from ops.audit.published import TICKS, reader_of_ticks, seek_tick, tick_in
from schemas.biomes import Biome
from schemas.messages.market_ticks import Tick
from streams.receipts.why import why


def explain(bootstrap: str, *, tick: int, biome: Biome | None) -> int:
    """Print why; returns the exit status."""
    try:
        found = asyncio.run(_read(bootstrap, tick))
    except (KafkaError, TimeoutError, OSError) as away:
        print(f"Kafka at {bootstrap} does not answer: {away}", file=sys.stderr)
        return 2
    if not found or found[-1].tick != tick:
        print(f"Tick {tick} is not in market.ticks (yet), or cannot be read.", file=sys.stderr)
        return 2
    before, this = (None, *found)[-2:]
    if tick > 1 and before is None:
        print(f"Tick {tick - 1} is not kept any more, and what tick {tick} did is told from it.", file=sys.stderr)
        return 2
    assert this is not None
    told = why(this, before)
    print("\n".join([f"Tick {told.tick}.", *(f"  {sentence}" for sentence in told.sentences)]))
    for move in told.moves:
        if biome in {None, move.biome}:
            print("\n".join(["", move.sentences[0], *(f"  {sentence}" for sentence in move.sentences[1:])]))
    return 0


async def _read(bootstrap: str, tick: int) -> list[Tick]:
    """The tick and the one before it, those of them that are there."""
    async with reader_of_ticks(bootstrap) as reader:
        log, found = reader[TICKS], list[Tick]()
        if not await seek_tick(log, max(1, tick - 1)):
            return found
        end = await log.end()
        while not await log.holds_nothing_before(end):
            read = tick_in(log.take())
            if read is not None and read.tick > tick:
                break
            if read is not None:
                found.append(read)
        return found
