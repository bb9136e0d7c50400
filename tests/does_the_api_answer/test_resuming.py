"""A stream that breaks off anywhere and goes on through any replica: each event once, in order, and no order lost."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from httpx_sse import ServerSentEvent
from httpx_sse._decoders import SSEDecoder
from starlette.types import Message

import api.live.beginning
import api.live.hub
from api.database import make_pool
from api.live.beginning import MISSED_ORDERS_AT_ONCE, begin
from api.live.connection import Connection
from api.live.encoding import LATEST_RETRY_MS, SOONEST_RETRY_MS, goodbye
from api.live.event_ids import EventId, parse
from api.live.hub import Hub
from api.live.models import ClosingReason
from api.markets.day_ago import DayAgoPrices
from api.services import Services
from client.stream import FIRST_WAIT_SECONDS, Resumption
from ops.postgres import Postgres
from schemas.environment import Environment
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop
from tests.does_the_api_answer.folded_market import FoldedMarket
from tests.does_the_api_answer.in_process import execute, replica

ANN, BOB = "8ec5d38c-e51c-5c50-835c-5baa510d4616", "00000000-0000-4000-8000-000000000b0b"


class Event(NamedTuple):
    name: str
    id: str
    data: dict[str, Any]


def parsed(text: bytes) -> list[Event]:
    """The events of a stream's bytes, comments and `retry` left out."""
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        for block in text.decode().replace("\r\n", "\n").split("\n\n")
    ]
    return [Event(one["event"], one.get("id", ""), json.loads(one["data"])) for one in blocks if "data" in one]


class Reader:
    """The other end of a stream that takes everything at once."""

    def __init__(self) -> None:
        self.read = b""
        self.chunks = 0

    async def send(self, message: Message) -> None:
        self.read += message["body"]
        self.chunks += 1

    @property
    def events(self) -> list[Event]:
        return parsed(self.read)


def hub_of(market: FoldedMarket, *ticks: int) -> Hub:
    hub = Hub("", DayAgoPrices(make_pool(Environment())), seen=lambda _: None, cut_off=lambda _: None)
    market.show(hub, *ticks)
    return hub


def busy_market() -> FoldedMarket:
    market = FoldedMarket(ANN, BOB)
    market.tick(BOB, ANN, ANN)
    market.tick()
    market.tick(ANN, BOB)
    return market


@pytest.fixture
def tables(background: BackgroundLoop, postgres: Postgres) -> str:
    """URL of a database with the tables and nothing in them."""
    name = f"resuming_{uuid.uuid4().hex}"
    background.run(postgres.create_database(name))
    migrate(postgres.url_of(name))
    return postgres.url_of(name)


@pytest.fixture
async def services(tables: str) -> AsyncIterator[Services]:
    """Of a replica that follows no market but the test's."""
    async with replica(tables) as application:
        yield application.state.services


def database_of(services: Services) -> str:
    return services.environment.database_url.get_secret_value()


@asynccontextmanager
async def stream(services: Services, player: str | None, *, after: str | None = None) -> AsyncIterator[Reader]:
    """An open stream, once its beginning is sent."""
    reader = Reader()
    connection = Connection(reader.send, player=player)
    with services.hub.connected(connection):
        await begin(services, connection, after=parse(after or ""), resumes=after is not None)
        yield reader


def test_ids_are_in_the_order_of_the_events_and_those_of_old_servers_are_taken() -> None:
    ids = [EventId(7, 0), EventId(7, 10), EventId(7), EventId(8, 2)]
    assert sorted(ids, key=str) != ids == sorted(ids)
    assert [parse(str(one)) for one in ids] == ids
    assert parse("7") == EventId(7)
    assert [parse(text) for text in ("", "x", "7.", ".7", "7.x", "7.1.1", "-7", "²", "9" * 19)] == [None] * 9


@pytest.mark.parametrize("player", [ANN, BOB, None])
def test_wherever_a_stream_breaks_off_the_rest_comes_once_and_in_order(player: str | None) -> None:
    market = busy_market()
    hub = hub_of(market, 1, 2, 3, 4)
    whole = hub.replay(EventId(0), player=player)
    assert whole is not None
    events = parsed(whole)
    ids = [at for event in events if (at := parse(event.id)) is not None]
    assert len(ids) == len(events)
    assert ids == sorted(set(ids))
    assert [event.name for event in events if event.id.startswith("2")] == {
        ANN: ["order", "order", "account", "tick"],
        BOB: ["order", "account", "tick"],
        None: ["tick"],
    }[player]
    for seen, at in enumerate(ids, start=1):
        rest = hub.replay(at, player=player)
        assert rest is not None
        assert parsed(rest) == events[seen:]


def test_what_is_not_held_any_more_is_not_said_to_be_all() -> None:
    hub = hub_of(busy_market(), 2, 3, 4)
    assert hub.replay(EventId(1), player=ANN) is not None  # tick 1 is not held, and nothing of it is missing
    assert hub.replay(EventId(1, 3), player=ANN) is None
    assert hub.replay(EventId(5), player=ANN) is None


async def test_a_snapshot_is_as_of_one_tick_and_goes_on_after_it_while_history_is_behind(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream breaks off after its first bytes: an order that they do not have comes when it resumes."""
    market = FoldedMarket(ANN)
    market.tick(ANN)
    await market.project(database_of(services), through=2)
    market.show(services.hub, 1, 2)
    market.tick(ANN)
    read_private = api.live.beginning._read_private

    async def read_while_a_tick_comes(*arguments: Any, **more: Any) -> Any:
        market.show(services.hub, 3)  # the hub has it while the snapshot is read, and history does not
        return await read_private(*arguments, **more)

    monkeypatch.setattr(api.live.beginning, "_read_private", read_while_a_tick_comes)
    reader = Reader()
    connection = Connection(reader.send, player=ANN)
    with services.hub.connected(connection):
        await begin(services, connection, after=None, resumes=False)
    (snapshot, *following) = reader.events
    assert (snapshot.name, snapshot.id, snapshot.data["tick"], snapshot.data["account"]["tick"]) == (
        "snapshot",
        "2",
        2,
        2,
    )
    assert [event.name for event in following] == ["order", "account", "tick"]
    async with stream(services, ANN, after=snapshot.id) as resumed:
        assert resumed.events == following


async def test_a_long_absence_loses_no_order_however_many_there_were(services: Services) -> None:
    missed = 2 * MISSED_ORDERS_AT_ONCE + 10
    market = FoldedMarket(ANN)
    await execute(
        database_of(services),
        "INSERT INTO orders (order_id, player, biome, kind, quantity, placed_at_ms, status, tick, index, code, detail)"
        " SELECT 'missed-' || n, %s, 'snow', 'sell_shares', 1, 0, 'rejected', 1 + n / 7, n %% 7, 'HALTED', 'no'"
        " FROM generate_series(0, %s) n",
        (ANN, missed),
    )
    while market.newest < 1 + missed // 7 + 1:
        market.tick()
    await market.project(database_of(services), through=market.newest)
    market.show(services.hub, market.newest)
    async with stream(services, ANN, after="1.0") as reader:
        *orders, snapshot = reader.events
        assert reader.chunks == 3
    assert [event.data["order_id"] for event in orders] == [f"missed-{n}" for n in range(1, missed + 1)]
    assert (orders[0].id, orders[7].id) == ("1.1", "2.1")
    assert (snapshot.data["resumed"], snapshot.data["missed_from"]) == (False, 1)


async def test_a_snapshot_says_whether_something_was_asked_for_that_is_not_held(services: Services) -> None:
    market = busy_market()
    market.show(services.hub, 3, 4)

    async def said(after: str | None) -> tuple[bool | None, int | None]:
        async with stream(services, None, after=after) as reader:
            (snapshot,) = reader.events
        return snapshot.data["resumed"], snapshot.data["missed_from"]

    assert await said(None) == (None, None)
    assert await said("1") == (False, 2)
    assert await said("9000") == (False, None)
    assert await said("not ours") == (False, None)


async def test_a_replica_that_is_a_tick_behind_its_client_waits_for_the_tick(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.live.beginning, "AHEAD_SECONDS", 60.0)  # a machine that stands still must not end the wait
    market = busy_market()
    market.show(services.hub, 1, 2, 3)
    reach, waits = services.hub.reach, asyncio.Event()

    async def reach_aloud(tick: int, *, seconds: float) -> bool:
        waits.set()
        return await reach(tick, seconds=seconds)

    monkeypatch.setattr(services.hub, "reach", reach_aloud)
    reader = Reader()
    connection = Connection(reader.send, player=ANN)
    with services.hub.connected(connection):
        beginning = asyncio.create_task(begin(services, connection, after=EventId(4, 0), resumes=True))
        await waits.wait()
        assert reader.read == b""
        market.show(services.hub, 4)
        await beginning
    assert [(event.name, event.id) for event in reader.events] == [("account", "4.1"), ("tick", "4")]


def test_a_goodbye_says_why_and_spreads_out_those_who_come_back() -> None:
    goodbyes = [goodbye(ClosingReason.STOPPING).decode() for _ in range(50)]
    (event,) = parsed(goodbyes[0].encode())
    assert (event.name, event.id, event.data["status"], event.data["reason"]) == ("status", "", "closing", "stopping")
    assert len({line for text in goodbyes for line in text.splitlines() if line.startswith("retry: ")}) > 10


async def test_streams_are_told_when_the_market_stands_still_and_when_it_goes_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.live.hub, "STALE_SECONDS", 0.02)
    monkeypatch.setattr(api.live.hub, "LOOK_SECONDS", 0.01)
    market = busy_market()
    market.show(services.hub, 1)
    watching = asyncio.create_task(services.hub.run_stale_watch())
    async with stream(services, None) as reader, asyncio.timeout(5):
        while not services.hub.is_stale:  # noqa: ASYNC110 - it is time that passes
            await asyncio.sleep(0.01)
        async with stream(services, None) as later:
            assert [event.data.get("status") for event in later.events] == [None, "stale"]
        watching.cancel()
        market.show(services.hub, 2)
    assert [event.data.get("status", event.name) for event in reader.events] == ["snapshot", "stale", "ticking", "tick"]


async def test_a_tick_that_a_slow_reader_does_not_get_is_counted() -> None:
    offered: list[tuple[int, int]] = []
    never = asyncio.Event()

    async def stalled(_message: Message) -> None:
        await never.wait()

    hub = Hub(
        "",
        DayAgoPrices(make_pool(Environment())),
        seen=lambda _: None,
        cut_off=lambda _: None,
        offered=lambda tick, dropped: offered.append((tick.tick, dropped)),
    )
    market, reader = busy_market(), Reader()
    market.show(hub, 1)  # to nobody
    slow, quick = Connection(stalled, player=None), Connection(reader.send, player=ANN)
    with hub.connected(slow), hub.connected(quick):
        for connection in (slow, quick):
            connection.release(b": begun\n\n", public_after=1, private_after=1)
        market.show(hub, 2, 3, 4)
        slow.close()
    assert offered == [(2, 0), (3, 1), (4, 1)]
    assert [event.id for event in reader.events if event.name == "tick"] == ["2", "3", "4"]


def test_the_client_comes_back_when_the_goodbye_says_so_and_goes_on_after_the_last_event() -> None:
    resumption = Resumption(None)
    tick = hub_of(busy_market(), 1).replay(EventId(0), player=None)
    assert tick is not None
    for received in (*received_from(tick), *received_from(goodbye(ClosingReason.STOPPING))):
        resumption.take(received)
    assert resumption.headers()["Last-Event-ID"] == "1"
    assert SOONEST_RETRY_MS <= resumption.next_wait() * 1_000 <= LATEST_RETRY_MS
    assert resumption.wait > FIRST_WAIT_SECONDS


def received_from(text: bytes) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    decoded = [decoder.decode(line) for line in text.decode().splitlines()]
    return [one for one in decoded if one is not None]
