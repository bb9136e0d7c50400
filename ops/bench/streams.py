"""How long from the tick to the reader, with so many open streams? And does any of them lose an order of its player?"""

import asyncio
import json
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from ops.bench.buying import BUY, small_buy
from ops.bench.connection import HttpConnection
from ops.bench.crowd import BenchPlayer, register_players
from ops.bench.figures import line_of
from ops.process import StartupProblem
from schemas.topics import MARKET_TICKS

STREAM: Final = "/api/v1/biome-market/stream"
STREAMS_A_PLAYER: Final = 20
"""As many as the API lets one player have."""
OPENED_AT_ONCE: Final = 50
OPEN_SECONDS: Final = 120.0
ORDER_EVERY_SECONDS: Final = 2.0
SETTLE_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1
_ANSWER: Final = b"HTTP/1.1 "
_TAKEN: Final = b"HTTP/1.1 200 "


class Decided(NamedTuple):
    """Unix seconds, by this machine's clock."""

    at: float
    """When the market sent the tick: before the commit that made it visible."""
    visible_at: float
    """When a plain consumer of the topic had it: no stream can have it much sooner."""


class StreamReader(asyncio.Protocol):
    """One open stream: when each tick came, and what became of its player's orders."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._rest = b""
        self.came: dict[int, float] = {}
        self.outcomes: Counter[str] = Counter()
        self.opened = asyncio.Event()
        """Or refused."""
        self.refusal: bytes | None = None
        """The answer that is no stream."""
        self.ended = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's are not of that class
        self.transport.write(self._request)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.ended = True
        if not self.opened.is_set():
            self._refuse(b"the connection was closed")

    def _refuse(self, answer: bytes) -> None:
        self.refusal = answer
        self.opened.set()

    def data_received(self, data: bytes) -> None:
        now = time.time()
        if not self.opened.is_set() and data.startswith(_ANSWER) and not data.startswith(_TAKEN):
            self._refuse(data)
            return
        tick = None if self._rest else _lone_tick(data)
        if tick is not None:
            self.came.setdefault(tick, now)
            return
        *events, self._rest = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n\n")
        for event in events:
            if b"event: tick\n" in event:
                self.came.setdefault(_tick_of(event), now)
            elif b"event: snapshot\n" in event:
                self.opened.set()
            elif b"event: order\n" in event:
                order = json.loads(event.partition(b"data: ")[2].partition(b"\n")[0])
                if order["status"] != "pending":
                    self.outcomes[order["order_id"]] += 1


def _lone_tick(data: bytes) -> int | None:
    """The tick that these bytes are, when they are nothing else: nearly always, and what is slow here would count as the server's."""
    name = data.find(b"event: tick\r\n", 0, 60)
    if name < 0 or data.find(b"event: ", name + 1) >= 0 or not data.endswith(b"\r\n\r\n\r\n"):
        return None
    number = data.find(b"id: ", 0, name) + len(b"id: ")
    return int(data[number : data.index(b"\r", number)])


def _tick_of(event: bytes) -> int:
    return int(event.partition(b'"tick":')[2].partition(b",")[0])


async def measure_streams(url: str, bootstrap: str, *, streams: int, seconds: float) -> AsyncIterator[str]:
    """Every player has twenty streams, and places an order each two seconds.

    Raises:
        StartupProblem: the API refuses some of them.
    """
    yield f"Registering {max(1, streams // STREAMS_A_PLAYER)} players and opening {streams} streams."
    players = await register_players(url, max(1, -(-streams // STREAMS_A_PLAYER)))
    readers = await _open(url, players, streams)
    async with decided_ticks(bootstrap) as decided:
        placed = await _place_orders(url, players, seconds=seconds)
        await _until_all_came(placed, readers)
    pushes = [
        came - decided[tick].at
        for reader in (one for group in readers.values() for one in group)
        for tick, came in reader.came.items()
        if tick in decided
    ]
    ended = sum(reader.ended for group in readers.values() for reader in group)
    for group in readers.values():
        for reader in group:
            if reader.transport is not None:
                reader.transport.abort()
    yield f"{streams} open streams, {len(decided)} ticks, {sum(map(len, placed.values()))} orders; {ended} streams were cut off"
    yield line_of("tick decided to received", pushes)
    yield line_of("to a consumer of Kafka", [tick.visible_at - tick.at for tick in decided.values()])
    expected = sum(len(orders) * len(readers[token]) for token, orders in placed.items())
    counts = Counter(
        reader.outcomes[order] for token, orders in placed.items() for order in orders for reader in readers[token]
    )
    yield f"order events: {counts[1]} of {expected} came once, {counts[0]} were lost, {expected - counts[1] - counts[0]} came twice"


async def _open(url: str, players: list[BenchPlayer], streams: int) -> dict[str, list[StreamReader]]:
    readers: defaultdict[str, list[StreamReader]] = defaultdict(list)
    gate = asyncio.Semaphore(OPENED_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def open_one(player: BenchPlayer) -> None:
        connection = HttpConnection(url, token=player.token)
        reader = StreamReader(connection.request("GET", STREAM))
        async with gate:
            await loop.create_connection(lambda: reader, *connection.address)
            await reader.opened.wait()
        if reader.refusal is not None:
            raise StartupProblem(f"One of {streams} streams was refused: {_sentence_of(reader.refusal)}")
        readers[player.token].append(reader)

    try:
        async with asyncio.timeout(OPEN_SECONDS):
            await asyncio.gather(*(open_one(players[number % len(players)]) for number in range(streams)))
    except OSError as fault:  # a timeout too
        opened = sum(map(len, readers.values()))
        raise StartupProblem(
            f"Only {opened} of {streams} streams could be opened ({fault or f'the others took longer than {OPEN_SECONDS:.0f} s'})."
        ) from fault
    return dict(readers)


def _sentence_of(refusal: bytes) -> str:
    """What an answer says is wrong."""
    try:
        return str(json.loads(refusal.partition(b"\r\n\r\n")[2])["detail"])
    except (ValueError, KeyError, TypeError):
        return refusal.partition(b"\r\n")[0].decode(errors="replace") + "."


@asynccontextmanager
async def decided_ticks(bootstrap: str) -> AsyncIterator[dict[int, Decided]]:
    """Each tick since, as a plain consumer sees it."""
    decided: dict[int, Decided] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    ticks = TopicPartition(MARKET_TICKS.name, 0)
    consumer.assign([ticks])
    await consumer.seek_to_end(ticks)

    async def follow() -> None:
        async for record in consumer:
            decided[json.loads(record.value)["tick"]] = Decided(record.timestamp / 1000, time.time())

    following = asyncio.create_task(follow())
    try:
        yield decided
    finally:
        following.cancel()
        await consumer.stop()


async def _place_orders(url: str, players: list[BenchPlayer], *, seconds: float) -> dict[str, list[str]]:
    """The ids of the orders of each player, by token."""
    placed: defaultdict[str, list[str]] = defaultdict(list)
    begin = time.monotonic()

    async def place(number: int, player: BenchPlayer) -> None:
        connection = HttpConnection(url, token=player.token)
        at = begin + ORDER_EVERY_SECONDS * number / len(players)
        while at < begin + seconds:
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            answer = await connection.ask("POST", BUY, small_buy(number, secrets.token_hex(8)))
            if answer.status in {200, 202}:
                placed[player.token].append(answer.document()["order_id"])
            at += ORDER_EVERY_SECONDS
        connection.close()

    await asyncio.gather(*(place(number, player) for number, player in enumerate(players)))
    return dict(placed)


async def _until_all_came(placed: dict[str, list[str]], readers: dict[str, list[StreamReader]]) -> None:
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        if all(
            reader.outcomes[order] for token, orders in placed.items() for order in orders for reader in readers[token]
        ):
            return
        await asyncio.sleep(POLL_SECONDS)
