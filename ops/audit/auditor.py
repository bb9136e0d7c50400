"""The auditor: reads every log beside the market, folds again, and gives a verdict on each tick. Memory: the accounts, and
what is bounded.

It goes from published tick to published tick. For each it folds the inputs until they close it, holds every report of
attention on the way against the pings, and gathers what the topics have of the tick. What is not there yet is waited for:
a message is missing only when the log already has what can only come after it.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import msgspec
from aiokafka import ConsumerRecord, TopicPartition

from ops.audit.attention import report_in
from ops.audit.logs import POLL_SECONDS, Log, Logs
from ops.audit.market import MarketAudit, Message, Published, diverges
from ops.audit.published import stated
from ops.audit.shards import AttentionAuditor
from ops.audit.state import DEAD, EVENTS, INPUTS, OF_THE_MARKET, PRICES, TABLE, TICKS, AuditState, market_of
from ops.audit.tables import Table, Write, Writes, differing_keys, load_table, name_rows, place_name
from schemas.biomes import BIOMES
from schemas.decoding import decode_dead_letter, decode_price, decode_tick, decode_trade_event, encode
from schemas.messages.fields import Sha256
from schemas.messages.market_ticks import Tick
from schemas.topics import MARKET_INPUTS
from streams.durable.fold import Commit, Record

COMPLETION_SECONDS: Final = 10.0
"""For one audit: all of the last tick has to be there after so long. A follower waits for the tick after it instead."""


NO_TICK: Final = 0
"""Of a message that cannot be read: it stands in the place of one that could."""


class Verdict(NamedTuple):
    """What the audit of one tick found."""

    tick: int
    hash: Sha256
    closed_at: int
    faults: list[str]
    diverged: bool
    """The market's state is not that of the refold: no later tick can be audited from here."""


class Auditor:
    """Audits one tick after the other."""

    def __init__(
        self, logs: Logs, attention: AttentionAuditor | None, state: AuditState | None, *, follows: bool
    ) -> None:
        """``follows``: for ever, and with every commit to the market's table; else up to the rows that are there now.
        ``attention`` None: what it reported is taken as it is.
        """
        self.market: MarketAudit = market_of(state)
        self._attention = attention
        self._logs = logs
        self._follows = follows
        self._table: Table | None = None
        self._table_is_checked = False
        self._writes = Writes()

    @property
    def attention(self) -> AttentionAuditor:
        """The part that audits attention."""
        assert self._attention is not None, "this auditor was made without"
        return self._attention

    @property
    def table_is_checked(self) -> bool:
        """Whether the market's rows, as they were when the audit began, were compared."""
        return self._table_is_checked

    @property
    def table(self) -> Table | None:
        """The market's rows as they were when the audit began."""
        return self._table

    def offset(self, place: TopicPartition) -> int:
        """Where one of its logs is read on."""
        return self._logs[place].next_offset

    def behind(self) -> bool:
        """Whether a further tick is at hand."""
        return self._logs[TICKS].head() is not None

    async def open(self) -> list[str]:
        """Read the tables as they are. Returns what is wrong with them by themselves.

        Raises:
            CannotFoldError: attention was counted with windows of another length than are configured here.
        """
        self._table = await load_table(self._logs[TABLE])
        self._writes, self._table_is_checked = Writes(), False
        fault = self._table.fault()
        return [
            *([f"{place_name(TABLE)}: {fault}"] if fault else []),
            *self._compare_table(),
            *await self.attention.open(),
        ]

    def state(self) -> AuditState | None:
        """What to keep so as to go on from the last tick; None before the first. It is alive: encode it before going on."""
        last = self.market.chain.last
        if last is None:
            return None
        return AuditState(
            tick=last.tick.tick,
            hash=last.hash,
            closed_at=last.tick.closed_at,
            body=encode(last.tick),
            rows=dict(self.market.rows.items()),
            next_offset=self.market.next_offset,
            books=self.market.books.state(),
            offsets={place.topic: self._logs[place].next_offset for place in OF_THE_MARKET}
            | {INPUTS.topic: self.market.next_offset},
            shards=[shard.start for shard in self.attention.shards],
            letters=self.attention.letters_offset,
        )

    async def wait(self, *, seconds: float) -> bool:
        """Whether there is a next tick to audit, waited for at most so long."""
        return await self._logs[TICKS].peek(seconds=seconds) is not None

    async def next(self) -> Verdict:
        """Audit the next tick. Waits for it, and for all that belongs to it.

        Raises:
            CannotFoldError: the log asks for rules that this code does not know.
            KafkaError, TimeoutError: the reader is not patient, and a broker does not answer.
        """
        published = stated(await self._logs[TICKS].next())
        number = self.market.tick + 1
        faults, commit = await self._fold_until_closed(number)
        if commit is None:
            return Verdict(number, "", 0, faults, diverged=True)
        tick = _tick_in(published.body)
        if tick is None or tick.tick != number:
            what = "cannot be read" if tick is None else f"is tick {tick.tick}"
            return Verdict(number, "", 0, [*faults, f"tick {number}: what was published {what}"], diverged=True)
        faults += self.market.verdict(
            commit,
            Published(
                published,
                await self._messages(PRICES, len(BIOMES), tick, _tick_in_price),
                await self._messages(EVENTS, tick.events, tick, _tick_in_event),
                await self._messages(DEAD, _letters_in(commit), tick, partial(_tick_of_letter, tick, commit)),
            ),
        )
        if self._follows:
            faults += await self._follow_table(tick)
        faults += self._compare_table()
        faults += [] if self._attention is None else await self._attention.settle()
        last = self.market.chain.last
        assert last is not None
        return Verdict(number, last.hash, tick.closed_at, faults, diverged=diverges(commit, published))

    async def _fold_until_closed(self, number: int) -> tuple[list[str], Commit | None]:
        log, faults = self._logs[INPUTS], list[str]()
        while True:
            record = await log.peek(seconds=POLL_SECONDS)
            if record is None:
                if await log.holds_nothing_before(await log.end()):
                    return [*faults, f"tick {number} was published, and the log of inputs does not close it"], None
                continue
            expected = log.next_offset
            log.take()
            if record.offset != expected:
                return [f"tick {number}: inputs {expected} to {record.offset - 1} are not in the log any more"], None
            report = None if self._attention is None else report_in(record.value)
            if report is not None:
                faults += [f"tick {number}: {fault}" for fault in await self.attention.check(report)]
            try:
                commit = self.market.input(_record(record))
            except AssertionError as law:
                return [*faults, f"tick {number}: folded again, it breaks a law. {law}"], None
            if commit is not None:
                return faults, commit

    async def _messages(
        self, place: TopicPartition, count: int, tick: Tick, tick_of: Callable[[ConsumerRecord], int | None]
    ) -> list[Message]:
        """The messages of a topic that belong to a tick: so many, unless some are missing, and all that are there already
        and belong to no later one. ``tick_of`` None: the message is none of the market's.
        """
        log, found = self._logs[place], list[Message]()
        while True:
            record = await (log.peek(seconds=0) if len(found) >= count else self._wait_for(log))
            if record is None:
                return found
            belongs_to = tick_of(record)
            if belongs_to is not None and belongs_to > tick.tick:
                return found
            log.take()
            if belongs_to is not None:
                found.append((record.key, record.value))

    async def _follow_table(self, tick: Tick) -> list[str]:
        """Take in what the tick's commit wrote to the market's table."""
        assert self._table is not None
        written = self._table.high_water
        if written is not None and self.market.next_offset <= written.next_offset:
            return []  # it was there when the table was read
        log = self._logs[TABLE]
        while True:
            record = await self._wait_for(log)
            if record is None:
                return [f"tick {tick.tick}: the market's rows were not committed with it"]
            write = self._writes.take(log.take())
            if write is None:
                continue
            if write.high_water is not None and write.high_water.next_offset < self.market.next_offset:
                await self._read_table_again(log)  # a repair wrote what the commit before should have left
                return []
            return [f"tick {tick.tick}: {fault}" for fault in self._write_faults(write)]

    async def _read_table_again(self, log: Log) -> None:
        until = time.monotonic() + COMPLETION_SECONDS
        self._writes, self._table_is_checked = Writes(), False
        while True:
            self._table = await load_table(log)
            high_water = self._table.high_water
            if high_water is None or high_water.next_offset >= self.market.next_offset or time.monotonic() > until:
                return
            await asyncio.sleep(POLL_SECONDS)

    def _write_faults(self, write: Write) -> list[str]:
        market, high_water = self.market, write.high_water
        if high_water is None or high_water.next_offset != market.next_offset:
            return [f"{place_name(TABLE)}, offset {write.offset}: the high-water row is not that of the refold"]
        differing = differing_keys(write.rows, market.changed)
        if differing:
            return [
                f"{place_name(TABLE)}, up to offset {write.offset}: rows differ from the refold: {name_rows(differing)}"
            ]
        if (high_water.rows, high_water.digest) != (len(market.rows), market.rows.digest()):
            return [
                f"{place_name(TABLE)}, offset {write.offset}: number or digest of the rows is not that of the refold"
            ]
        return []

    def _compare_table(self) -> list[str]:
        """Compare all rows as they were read, once the refold stands where they do."""
        table = self._table
        if self._table_is_checked or table is None or table.high_water is None:
            return []
        if self.market.next_offset < table.high_water.next_offset:
            return []
        self._table_is_checked = True
        if self.market.next_offset > table.high_water.next_offset:
            return [
                f"{place_name(TABLE)}: its rows stand for offset {table.high_water.next_offset}, which ends no tick"
            ]
        differing = differing_keys(table.rows, dict(self.market.rows.items()))
        self._table = table._replace(rows={})  # as large as all accounts, and not needed any more
        return [f"{place_name(TABLE)}: rows differ from the refold: {name_rows(differing)}"] if differing else []

    async def _wait_for(self, log: Log) -> ConsumerRecord | None:
        """The next record of a log that has to have one for the tick; None when it is missing for certain: the log is read
        to its end, and a later tick is there, whose transaction began when this one's was complete.
        """
        until = time.monotonic() + COMPLETION_SECONDS
        while True:
            later = await self._logs[TICKS].peek(seconds=0) is not None
            record = await log.peek(seconds=POLL_SECONDS if not later else 0)
            if record is not None:
                return record
            if (later or (not self._follows and time.monotonic() > until)) and await log.holds_nothing_before(
                await log.end()
            ):
                return None


def _record(record: ConsumerRecord) -> Record:
    return Record(record.offset, record.timestamp, record.key, record.value)


def _tick_in(body: bytes) -> Tick | None:
    try:
        return decode_tick(body)
    except msgspec.MsgspecError:
        return None


def _tick_in_price(record: ConsumerRecord) -> int:
    try:
        return decode_price(record.value or b"").tick
    except msgspec.MsgspecError:
        return NO_TICK


def _tick_in_event(record: ConsumerRecord) -> int:
    try:
        return decode_trade_event(record.value or b"").tick
    except msgspec.MsgspecError:
        return NO_TICK


def _letters_in(commit: Commit) -> int:
    return sum(output.topic == DEAD.topic for output in commit.outputs)


def _tick_of_letter(tick: Tick, commit: Commit, record: ConsumerRecord) -> int | None:
    """None for a letter of attention, which writes to the same topic."""
    try:
        letter = decode_dead_letter(record.value or b"")
    except msgspec.MsgspecError:
        return NO_TICK
    if letter.topic != MARKET_INPUTS.name:
        return None
    return tick.tick if letter.offset < commit.next_offset else tick.tick + 1
