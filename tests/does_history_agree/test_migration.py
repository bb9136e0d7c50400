"""A database that was there before its rows were in partitions, brought to the newest tables."""

import uuid

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url

from ops.postgres import Postgres
from streams.history.migration import MIGRATIONS, migrate
from streams.history.partitions import TICKS_A_PARTITION
from tests.conftest import BackgroundLoop

TICKS = TICKS_A_PARTITION + 10


@pytest.fixture
def older_database(background: BackgroundLoop, postgres: Postgres) -> str:
    """At the first revision, with ticks in two partitions to be, and a trade."""
    name = f"older_{uuid.uuid4().hex}"
    background.run(postgres.create_database(name))
    url = postgres.url_of(name)
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ticks SELECT n, 1700000000000 + n * 500, n::text, '{\"commands\": []}' FROM generate_series(1, %s::bigint) AS n",
            (TICKS,),
        )
        connection.execute("INSERT INTO prices SELECT 'snow', tick, closed_at_ms, 100 + tick % 7, 1, 1, 2 FROM ticks")
        connection.execute(
            "INSERT INTO orders (order_id, player, biome, kind, quantity, placed_at_ms, status, tick, index, price, shares,"
            " cash, fee) VALUES ('one', 'ann', 'snow', 'buy_cash', 9, 1, 'filled', 3, 0, 1, 4, 9, 1)"
        )
    return url


def test_rows_move_into_partitions_and_give_their_candles(older_database: str) -> None:
    migrate(older_database)
    with psycopg.connect(older_database, autocommit=True) as connection:
        for table in ("ticks", "prices"):
            kept = connection.execute(f"SELECT min(tick), max(tick), count(*) FROM {table}").fetchone()
            assert kept == (1, TICKS, TICKS)
            there = connection.execute(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(%s)", (table,)
            ).fetchone()
            assert there == (2,)
        day = connection.execute(
            "SELECT sum(attention), sum(volume), sum(share_volume), sum(trades), min(low), max(high) FROM candles"
            " WHERE width = '1d'"
        ).fetchone()
        assert day == (2 * TICKS, 9, 4, 1, 100, 106)
        wrong = connection.execute(
            "SELECT count(*) FROM candles c WHERE open <> (SELECT price FROM prices WHERE tick = c.first_tick)"
            " OR close <> (SELECT price FROM prices WHERE tick = c.last_tick)"
            " OR starts_at_ms > (SELECT closed_at_ms FROM ticks WHERE tick = c.first_tick)"
        ).fetchone()
        assert wrong == (0,)
