"""The record of admin commands: every receipt of every tick, the first one of each command."""

from typing import Any

from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import AsyncConnection
from sqlalchemy import create_engine, make_url

from ops.postgres import Postgres
from schemas.biomes import Biome
from schemas.messages.market_inputs import SetFreeze, SetHalt
from schemas.messages.market_ticks import HASH_HEADER
from schemas.topics import MARKET_TICKS, TRADE_EVENTS
from streams.durable.fold import Commit
from streams.following.whole_ticks import NOTHING_SEEN, Position, WholeTick, WholeTicks
from streams.history.migration import MIGRATIONS, migrate
from streams.history.partitions import make_room
from streams.history.projection import project
from tests.conftest import BackgroundLoop
from tests.does_history_agree.written_market import START, WrittenMarket

RECORD = (
    "SELECT command_id, tick, index, command, given_by, reason, applied, refusal, biome, player FROM commands"
    " ORDER BY tick, index"
)


class Reader:
    """Puts together what a market commits, as history reads it."""

    def __init__(self) -> None:
        self.position = Position(0, 0)
        self._ticks = WholeTicks(seen=NOTHING_SEEN, position=self.position)
        self._offsets = {MARKET_TICKS.name: 0, TRADE_EVENTS.name: 0}

    def whole(self, commit: Commit) -> WholeTick:
        for output in commit.outputs:
            offset = self._offsets.get(output.topic)
            if offset is None:
                continue
            self._offsets[output.topic] = offset + 1
            if output.topic == MARKET_TICKS.name:
                stated = dict(output.headers)[HASH_HEADER]
                self._ticks.add_tick(offset=offset, value=output.value, stated_hash=stated)
            else:
                self._ticks.add_event(offset=offset, value=output.value)
        whole = self._ticks.take()
        assert whole is not None
        return whole


def given(command_id: str, market: WrittenMarket) -> dict[str, Any]:
    return {"v": 1, "command_id": command_id, "at": market.now, "by": "root", "reason": "because"}


async def test_each_command_is_recorded_with_what_became_of_it_first(empty_database: str) -> None:
    market, reader = WrittenMarket(), Reader()
    halt = SetHalt(**given("one", market), biome=Biome.SNOW, halted=True)
    market.give(halt)
    market.give(SetFreeze(**given("two", market), player="ghost", frozen=True))
    first = reader.whole(market.close())
    market.now += 60_000
    market.give(halt)
    second = reader.whole(market.close())
    assert second.tick.commands[0].applied is False, "sent again a minute later, it is refused as expired"
    async with await AsyncConnection.connect(empty_database, autocommit=True) as connection:
        assert await project(connection, expected=reader.position, ticks=[first, second])
        rows = await (await connection.execute(RECORD)).fetchall()
    assert rows == [
        ("one", 1, 0, "set_halt", "root", "because", True, None, "snow", None),
        ("two", 1, 1, "set_freeze", "root", "because", False, "The player has no account.", None, "ghost"),
    ]


async def test_commands_of_ticks_that_are_there_already_are_taken_over(
    background: BackgroundLoop, postgres: Postgres
) -> None:
    background.run(postgres.create_database("before_the_record"))
    database = postgres.url_of("before_the_record")
    _migrate_up_to_the_record(database)
    market, reader = WrittenMarket(), Reader()
    market.give(SetHalt(**given("old", market), biome=None, halted=True))
    ticks = [reader.whole(market.close()), reader.whole(market.close())]
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        async with connection.cursor() as cursor:
            await make_room(cursor, first=ticks[0].tick.tick, last=ticks[-1].tick.tick)
        for whole in ticks:
            await connection.execute(
                "INSERT INTO ticks (tick, closed_at_ms, hash, body) VALUES (%s, %s, %s, %s)",
                (whole.tick.tick, whole.tick.closed_at, whole.hash, whole.body),
            )
        migrate(database)
        rows = await (await connection.execute(RECORD)).fetchall()
        times = await (await connection.execute("SELECT at_ms, closed_at_ms FROM commands")).fetchall()
    assert rows == [("old", 1, 0, "set_halt", "root", "because", True, None, None, None)]
    assert times == [(START, ticks[0].tick.closed_at)]


def _migrate_up_to_the_record(database: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    before = ScriptDirectory.from_config(config).get_revision("0003").down_revision
    assert isinstance(before, str)
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.upgrade(config, before)
    engine.dispose()
