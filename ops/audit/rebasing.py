"""Going on after a mismatch that an operator accepted: from the auditor's own state, or, where the market's is another one,
from the market's, as its committed rows and the tick that they stand for show it.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
import structlog
from aiokafka import ConsumerRecord

from ops.audit.attention import ShardStart
from ops.audit.books import books_of
from ops.audit.logs import Log, LogReader
from ops.audit.published import TICKS, seek_tick, stated, tick_in
from ops.audit.state import DEAD, EVENTS, INPUTS, PRICES, TABLE, AuditState
from ops.audit.tables import Table, load_table
from schemas.decoding import decode_dead_letter, decode_price, decode_trade_event
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_INPUTS
from streams.durable.rows import Rows
from streams.market.core.state import ROW_KEY, MarketState, state_from_row

RETRY_SECONDS: Final = 5.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


async def state_of_the_market(bootstrap: str, shards: list[ShardStart], *, letters: int) -> AuditState:
    """The market's own state, once it has one that agrees with its last tick: until then an operator has to repair it."""
    places = dict.fromkeys((TABLE, TICKS, PRICES, EVENTS, DEAD), 0)
    async with LogReader(bootstrap, places, patient=True) as reader:
        while True:
            table = await load_table(reader[TABLE])
            state = await _state(reader, table, shards, letters=letters)
            if not isinstance(state, str):
                return state
            log.error("the_market_has_no_state_to_go_on_from", why=state)
            await asyncio.sleep(RETRY_SECONDS)


async def _state(reader: LogReader, table: Table, shards: list[ShardStart], *, letters: int) -> AuditState | str:
    fault = table.fault()
    if fault is not None or table.high_water is None or ROW_KEY not in table.rows:
        return fault or "there are no rows"
    market = state_from_row(table.rows[ROW_KEY])
    found = await _tick_of(reader[TICKS], market)
    if found is None:
        return f"its rows are of tick {market.tick}, and market.ticks has another one"
    body, tick = found
    if Rows(table.rows).digest_without(ROW_KEY) != tick.accounts_digest:
        return f"its accounts are not those of tick {tick.tick}"
    return AuditState(
        tick=tick.tick,
        hash=market.previous,
        closed_at=tick.closed_at,
        body=body,
        rows=table.rows,
        next_offset=table.high_water.next_offset,
        books=books_of(table.rows, tick),
        offsets={
            TICKS.topic: reader[TICKS].next_offset,
            INPUTS.topic: table.high_water.next_offset,
            PRICES.topic: await _after(reader[PRICES], tick.tick, lambda record: decode_price(record.value).tick),
            EVENTS.topic: await _after(reader[EVENTS], tick.tick, lambda record: decode_trade_event(record.value).tick),
            DEAD.topic: await _after(reader[DEAD], table.high_water.next_offset - 1, _input_of),
        },
        shards=shards,
        letters=letters,
    )


async def _tick_of(log_: Log, market: MarketState) -> tuple[bytes, Tick] | None:
    """The published tick that the market's state names as its last."""
    if not await seek_tick(log_, market.tick):
        return None
    record = log_.take()
    tick, found = tick_in(record), stated(record)
    return (found.body, tick) if tick is not None and found.hash == market.previous else None


async def _after(log_: Log, number: int, number_of: Callable[[ConsumerRecord], int]) -> int:
    """Offset of the first record beyond a number, or of the end. A record that cannot be read counts as an old one."""
    end = await log_.end()
    log_.skip_to(await log_.beginning())
    while not await log_.holds_nothing_before(end):
        record = log_.head()
        assert record is not None
        try:
            if number_of(record) > number:
                return int(record.offset)
        except msgspec.MsgspecError:
            pass
        log_.take()
    return end


def _input_of(record: ConsumerRecord) -> int:
    letter = decode_dead_letter(record.value)
    return letter.offset if letter.topic == MARKET_INPUTS.name else -1
