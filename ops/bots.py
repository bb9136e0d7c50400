"""`biome bots`: players that register, give attention and trade, so that a newcomer sees a living market.

They are ordinary players: they register and order over HTTP, and their pings go packed to Kafka, as a game server's do.
Chance decides what they like; nothing in the market depends on it.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.biomes import BIOMES, Biome
from schemas.decoding import encode
from schemas.environment import Environment
from schemas.messages.attention_pings import PackedPing, Pings
from schemas.topics import ATTENTION_PINGS
from schemas.units import format_amount, parse_amount
from streams.attention.core.partitioning import shard_of

log = structlog.get_logger(__name__)

PINGS_EVERY_SECONDS = 0.5
"""A window: each bot gives attention to a few biomes once a window."""
PINGS_A_WINDOW = 4
MOST_POINTS = 2
"""A ping: four of them stay within the default cap of 10 points a window."""
ORDER_EVERY_SECONDS = (3.0, 15.0)
"""Well under the 60 orders a minute that a player may place."""
ORDER_BDT = (5, 120)
MOOD_SECONDS = (8.0, 40.0)
"""How long the crowd fancies one biome more than the others."""
MOOD_STRENGTH = 3.0
SELL_CHANCE = 0.45
RETRY_SECONDS = 2.0
REGISTRATIONS_AT_A_TIME = 2
"""Each one costs the API an argon2 hash."""


class Crowd:
    """What all bots share: the fancy of the moment, and the way to the API and to Kafka."""

    def __init__(self, environment: Environment, *, api: httpx.AsyncClient, producer: AIOKafkaProducer) -> None:
        self._environment = environment
        self.api = api
        self._producer = producer
        self.fancy: Biome = random.choice(BIOMES)

    async def change_fancy(self) -> None:
        """Drift from biome to biome, as players of a game do."""
        while True:
            await asyncio.sleep(random.uniform(*MOOD_SECONDS))
            self.fancy = random.choice(BIOMES)

    def biome(self) -> Biome:
        weights = [MOOD_STRENGTH if biome is self.fancy else 1.0 for biome in BIOMES]
        return random.choices(BIOMES, weights)[0]

    async def ping(self, players: list[str]) -> None:
        """One packed message a partition each window: a pack holds players of its own partition only."""
        shards = self._environment.attention_shards
        while True:
            packs: dict[int, list[PackedPing]] = {}
            for player in players:
                pack = packs.setdefault(shard_of(player, shards), [])
                pack += [(player, self.biome(), random.randint(1, MOST_POINTS)) for _ in range(PINGS_A_WINDOW)]
            for partition, pack in packs.items():
                await self._producer.send(ATTENTION_PINGS.name, encode(Pings(v=1, pings=pack)), partition=partition)
            await asyncio.sleep(PINGS_EVERY_SECONDS)


class Bot:
    """One player."""

    def __init__(self, crowd: Crowd, *, name: str, password: str) -> None:
        self._crowd = crowd
        self._name = name
        self._password = password
        self._token = ""
        self.player = ""

    async def enter(self) -> None:
        """Log in; the first time, register."""
        credentials = {"username": self._name, "password": self._password}
        answer = await self._crowd.api.post("/auth/login", json=credentials)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            answer = await self._crowd.api.post("/auth/register", json=credentials)
        answer.raise_for_status()
        document = answer.json()
        self._token, self.player = document["access_token"], document["player"]["id"]

    async def trade(self) -> None:
        """Now and then an order: buys of what it fancies, sales of what it has."""
        while True:
            await asyncio.sleep(random.uniform(*ORDER_EVERY_SECONDS))
            if random.random() < SELL_CHANCE:
                await self._sell_some()
            else:
                await self._order("buy", biome=self._crowd.biome(), amount_bdt=str(random.randint(*ORDER_BDT)))

    async def _sell_some(self) -> None:
        answer = await self._crowd.api.get("/biome-market/portfolio", headers=self._headers())
        if answer.status_code != httpx.codes.OK:
            await self._complain(answer)
            return
        held = [(held["biome"], parse_amount(held["shares"])) for held in answer.json()["holdings"]]
        held = [(biome, shares) for biome, shares in held if shares > 1]
        if held:
            biome, shares = random.choice(held)
            await self._order("sell", biome=biome, shares=format_amount(shares // random.randint(1, 3)))

    async def _order(self, side: str, **order: str) -> None:
        answer = await self._crowd.api.post(f"/biome-market/{side}", json=order, headers=self._headers())
        if answer.status_code != httpx.codes.ACCEPTED:
            await self._complain(answer)

    async def _complain(self, answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self.enter()  # the access token has run out
        else:
            log.info("bot was refused", bot=self._name, status=answer.status_code, code=_code(answer))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


async def play(environment: Environment, *, players: int, url: str) -> None:
    """Let so many bots play until it is cancelled."""
    producer = AIOKafkaProducer(bootstrap_servers=environment.kafka_bootstrap, max_batch_size=128 * 1024)
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=30.0) as api:
        await _until_it_works(producer.start, "connecting to Kafka")
        try:
            crowd = Crowd(environment, api=api, producer=producer)
            password = _password(environment.data_dir)
            bots = [Bot(crowd, name=f"bot-{number:03d}", password=password) for number in range(1, players + 1)]
            await _enter_all(bots)
            log.info("bots play", players=players, url=url)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(crowd.change_fancy())
                tasks.create_task(_for_ever(lambda: crowd.ping([bot.player for bot in bots]), "pinging"))
                for bot in bots:
                    tasks.create_task(_for_ever(bot.trade, "trading"))
        finally:
            await producer.stop()


def main(environment: Environment, *, players: int, url: str) -> None:
    """Run the bots until Ctrl-C."""
    asyncio.run(play(environment, players=players, url=url))


async def _enter_all(bots: list[Bot]) -> None:
    gate = asyncio.Semaphore(REGISTRATIONS_AT_A_TIME)

    async def enter(bot: Bot) -> None:
        async with gate:
            await _until_it_works(bot.enter, "logging in")

    await asyncio.gather(*(enter(bot) for bot in bots))


async def _until_it_works(attempt: Callable[[], Awaitable[object]], doing: str) -> None:
    """Anything may be restarting: say so, and try again."""
    while True:
        try:
            await attempt()
        except (httpx.HTTPError, KafkaError, OSError) as fault:
            log.warning("bots wait", doing=doing, because=str(fault) or repr(fault))
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _for_ever(attempt: Callable[[], Awaitable[None]], doing: str) -> None:
    while True:
        await _until_it_works(attempt, doing)


def _password(data_dir: Path) -> str:
    """One password for all bots of this data folder, so that they come back after a restart."""
    path = data_dir / "bots.password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


def _code(answer: httpx.Response) -> str | None:
    try:
        code = answer.json().get("code")
    except ValueError:
        return None
    return str(code)
