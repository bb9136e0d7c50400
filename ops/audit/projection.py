"""PostgreSQL, held against the log beside a running market: what history wrote of each tick, once it has come so far.

Ticks, prices and outcomes are compared by their keys as they come; all accounts now and then, in one snapshot of PostgreSQL.
That PostgreSQL is away, or behind, is a delay and no fault.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final, NamedTuple, Self

import msgspec
import psycopg
import structlog

from ops.audit.books import may_follow, outcome_of
from ops.audit.database import Projected, newest_tick, read_accounts, read_outcomes
from ops.audit.state import ProjectionPlace
from schemas.biomes import BIOMES
from schemas.messages.trade_events import Filled, Rejected
from streams.following.follow import follow_batches
from streams.following.whole_ticks import NOTHING_SEEN, BrokenLogError, Position, Seen, WholeTick

CONNECT_SECONDS: Final = 5
POLL_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 5.0
CATCH_UP_SECONDS: Final = 2.0
"""That the audit waits for history before it reads all accounts: it is some 20 ms behind, or else much more."""
MOST_TICKS: Final = 200
"""Compared in one step: their events are a few thousand rows."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Fault(NamedTuple):
    """What differs, and since which tick."""

    tick: int
    sentence: str


class ProjectionAudit:
    """Follows what history wrote, inside ``async with``; look at ``place`` and ``faults``, and ``check`` that it still does."""

    def __init__(self, bootstrap: str, database_url: str, place: ProjectionPlace) -> None:
        self.place = place
        """After the last tick that was compared."""
        self.faults: list[str] = []
        self.faulty_tick = 0
        """The first tick of which something differs."""
        self.is_broken = False
        """Whether the log is such that nothing more can be compared: the audit of the ticks tells what it is."""
        self._bootstrap = bootstrap
        self._database_url = database_url
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def check(self) -> None:
        """Raise what has ended the comparison, if something unexpected has."""
        if self._task is not None and self._task.done():
            self._task.result()

    async def _run(self) -> None:
        """Compare for ever, until something differs."""
        while not self.faults:
            try:
                await self._follow()
            except psycopg.Error as fault:
                log.warning("postgres_away", fault=str(fault).strip(), retry_in_seconds=RETRY_SECONDS)
                await asyncio.sleep(RETRY_SECONDS)
            except (BrokenLogError, msgspec.MsgspecError) as broken:
                log.error("projection_not_audited", why=str(broken))  # noqa: TRY400 -- a sentence, and no trace
                self.is_broken = True
                return

    async def accounts(self, *, at_least: int) -> Projected | None:
        """All accounts as of one tick that is not before ``at_least``; None when PostgreSQL is away or behind."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS + CATCH_UP_SECONDS), await self._connect() as connection:
                await _until_projected(connection, at_least)
                await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
                async with connection.transaction():
                    tick = await newest_tick(connection)
                    return Projected(tick, await read_accounts(connection), 0, 0, [])
        except (psycopg.Error, TimeoutError) as fault:
            log.info("accounts_not_compared", why=str(fault).strip() or "PostgreSQL is behind")
            return None

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="biome auditor"
        )

    async def _follow(self) -> None:
        async with (
            await self._connect() as connection,
            aclosing(
                follow_batches(self._bootstrap, seen=_seen(self.place), position=_position(self.place))
            ) as batches,
        ):
            async for batch in batches:
                for start in range(0, len(batch), MOST_TICKS):
                    ticks = batch[start : start + MOST_TICKS]
                    found = await _found_when_projected(connection, ticks)
                    if found:
                        self.faulty_tick, self.faults = min(found)[0], [fault for _, fault in found]
                        return
                    self.place = ProjectionPlace(ticks[-1].tick.tick, ticks[-1].hash, *ticks[-1].next)


def _seen(place: ProjectionPlace) -> Seen:
    return Seen(place.tick, place.hash) if place.tick else NOTHING_SEEN


def _position(place: ProjectionPlace) -> Position:
    return Position(place.ticks_offset, place.events_offset)


async def _until_projected(connection: psycopg.AsyncConnection[Any], tick: int) -> None:
    while await newest_tick(connection) < tick:  # noqa: ASYNC110 -- it is another process that projects
        await asyncio.sleep(POLL_SECONDS)


async def _found_when_projected(connection: psycopg.AsyncConnection[Any], ticks: Sequence[WholeTick]) -> list[Fault]:
    last = ticks[-1].tick.tick
    while True:
        await _until_projected(connection, last)
        found = await _differences(connection, ticks)
        if not found or await newest_tick(connection) >= last:
            return found
        log.warning("history_is_made_again", before_tick=last)  # `biome repair history`, while we looked: a delay


async def _differences(connection: psycopg.AsyncConnection[Any], ticks: Sequence[WholeTick]) -> list[Fault]:
    faults: list[Fault] = []
    numbers = [whole.tick.tick for whole in ticks]
    biomes = [biome.value for biome in BIOMES]  # the rows are found by biome and tick
    bodies = {tick: (hash_, bytes(body)) for tick, hash_, body in await _rows(connection, _TICKS, numbers)}
    prices = {(tick, biome): rest for tick, biome, *rest in await _rows(connection, _PRICES, numbers, biomes)}
    oldest = await _oldest_tick(connection)
    for whole in ticks:
        tick = whole.tick
        if tick.tick < oldest:
            continue  # PostgreSQL keeps ticks for a while only
        if bodies.get(tick.tick) != (whole.hash, whole.body):
            faults.append(Fault(tick.tick, f"PostgreSQL: tick {tick.tick} is not the one that was published"))
        for market in tick.markets:
            expected = [int(market.price), int(market.cash), int(market.shares), market.attention]
            if prices.get((tick.tick, market.biome.value)) != expected:
                what = f"the price of {market.biome} at tick {tick.tick} is not the one that was published"
                faults.append(Fault(tick.tick, f"PostgreSQL: {what}"))
    return faults + await _outcome_differences(connection, ticks)


async def _outcome_differences(connection: psycopg.AsyncConnection[Any], ticks: Sequence[WholeTick]) -> list[Fault]:
    faults = []
    outcomes = [
        (event, whole.tick.settings.deadline_ms)
        for whole in ticks
        for event in whole.events
        if isinstance(event, Filled | Rejected)
    ]
    stored = await read_outcomes(connection, [event.order.order_id for event, _ in outcomes])
    for event, deadline_ms in outcomes:
        row = stored.get(event.order.order_id)
        had_one = (
            row is not None and row.tick < event.tick and may_follow(event, filled=row.is_fill, deadline_ms=deadline_ms)
        )
        if row != outcome_of(event) and not had_one:
            what = f"the outcome of order {event.order.order_id} is not that of tick {event.tick}"
            faults.append(Fault(event.tick, f"PostgreSQL: {what}"))
    return faults


_TICKS: Final = "SELECT tick, hash, body FROM ticks WHERE tick = ANY(%s)"
_PRICES: Final = (
    "SELECT tick, biome, price, cash, shares, attention FROM prices WHERE tick = ANY(%s) AND biome = ANY(%s)"
)


async def _oldest_tick(connection: psycopg.AsyncConnection[Any]) -> int:
    row = await (await connection.execute("SELECT coalesce(min(tick), 0) FROM ticks")).fetchone()
    assert row is not None
    return int(row[0])


async def _rows(connection: psycopg.AsyncConnection[Any], query: Any, *wanted: object) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query, wanted)).fetchall()
