"""`biome bots`: players that register, give attention and trade, so that a newcomer sees a living market.

They are ordinary players: they register and order over HTTP, and their pings go packed to Kafka, as a game server's do.
Chance decides what they like; nothing in the market depends on it.
"""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from client import AsyncBiomeMarket, BiomeMarketError, ProblemError
from schemas.biomes import BIOMES, Biome
from schemas.decoding import encode
from schemas.environment import Environment
from schemas.messages.attention_pings import PackedPing, Pings
from schemas.topics import ATTENTION_PINGS
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
MICRO_SHARE = Decimal("0.000001")
RETRY_SECONDS = 2.0
REGISTRATIONS_AT_A_TIME = 2
"""Each one costs the API an argon2 hash."""


class Crowd:
    """What all bots share: the fancy of the moment, and the way to Kafka."""

    def __init__(self, environment: Environment, producer: AIOKafkaProducer) -> None:
        self._environment = environment
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

    def __init__(self, crowd: Crowd, market: AsyncBiomeMarket, *, name: str, password: str) -> None:
        self._crowd = crowd
        self._market = market
        self._name = name
        self._password = password
        self.player = ""

    async def enter(self) -> None:
        """Log in; the first time, register."""
        try:
            token = await self._market.login(self._name, self._password)
        except ProblemError as refused:
            if refused.code != "WRONG_PASSWORD":
                raise
            token = await self._market.register(self._name, self._password)
        self.player = token.player.id

    async def trade(self) -> None:
        """Now and then an order: buys of what it fancies, sales of what it has."""
        while True:
            await asyncio.sleep(random.uniform(*ORDER_EVERY_SECONDS))
            try:
                await (self._sell_some() if random.random() < SELL_CHANCE else self._buy_some())
            except ProblemError as refused:
                if refused.code == "NOT_SIGNED_IN":  # the access token has run out
                    await self.enter()
                else:
                    log.info("bot was refused", bot=self._name, code=refused.code)

    async def _buy_some(self) -> None:
        await self._market.buy(self._crowd.biome(), amount_bdt=random.randint(*ORDER_BDT), wait=False)

    async def _sell_some(self) -> None:
        held = [held for held in (await self._market.portfolio()).holdings if held.shares > MICRO_SHARE]
        if held:
            some = random.choice(held)
            part = (some.shares / random.randint(1, 3)).quantize(MICRO_SHARE, ROUND_DOWN)
            await self._market.sell(some.biome, shares=part, wait=False)

    async def close(self) -> None:
        await self._market.close()


async def play(environment: Environment, *, players: int, url: str) -> None:
    """Let so many bots play until it is cancelled."""
    producer = AIOKafkaProducer(bootstrap_servers=environment.kafka_bootstrap, max_batch_size=128 * 1024)
    await _until_it_works(producer.start, "connecting to Kafka")
    crowd = Crowd(environment, producer)
    password = _password(environment.data_dir)
    bots = [
        Bot(crowd, AsyncBiomeMarket(url), name=f"bot-{number:03d}", password=password)
        for number in range(1, players + 1)
    ]
    try:
        await _enter_all(bots)
        log.info("bots play", players=players, url=url)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(crowd.change_fancy())
            tasks.create_task(_for_ever(lambda: crowd.ping([bot.player for bot in bots]), "pinging"))
            for bot in bots:
                tasks.create_task(_for_ever(bot.trade, "trading"))
    finally:
        for bot in bots:
            await bot.close()
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
        except (BiomeMarketError, KafkaError, OSError) as fault:
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
