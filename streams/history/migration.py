"""Brings the database to the newest tables. Any number of processes may do it at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x62696F6D65
"""Advisory lock of PostgreSQL, the same in every process ("biome" in hex): the first migrates, the others find it done."""


def migrate(database_url: str) -> None:
    """Apply every migration that the database does not have yet.

    Raises:
        sqlalchemy.exc.OperationalError: PostgreSQL does not answer.
    """
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
