"""Does the embedded PostgreSQL start (as root too), keep what it has, and refuse in a sentence what cannot be?"""

import os
import signal
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from ops.directories import free_port
from ops.postgres import Postgres
from ops.process import StartupProblem


async def start(postgres: Postgres) -> None:
    await postgres.start(output=lambda *_: None)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Postgres]:
    postgres = Postgres(tmp_path / "postgres", port=free_port())
    await start(postgres)
    yield postgres
    await postgres.stop()


async def execute(url: str, query: LiteralString) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(query)


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


async def numbers(url: str) -> list[int]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (await connection.execute("SELECT n FROM numbers ORDER BY n")).fetchall()
        return [row[0] for row in rows]


async def test_what_was_committed_survives_a_stop_and_a_kill(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "postgres", port=free_port())
    await start(postgres)
    await execute(postgres.url, "CREATE TABLE numbers (n int)")
    await execute(postgres.url, "INSERT INTO numbers VALUES (1)")
    await postgres.stop()

    postgres = Postgres(tmp_path / "postgres", port=free_port())
    await start(postgres)
    await execute(postgres.url, "INSERT INTO numbers VALUES (2)")
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGKILL)
    await postgres.process.wait()
    await postgres.stop()

    postgres = Postgres(tmp_path / "postgres", port=free_port())
    program = await postgres.prepare(patience=20)  # its helpers let go of the folder a moment after it
    postgres.release()
    await start(postgres)
    try:
        assert program.name == "postgres"
        assert await numbers(postgres.url) == [1, 2]
    finally:
        await postgres.stop()


async def test_a_wrong_password_is_refused(running: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        await execute(running.url.replace("biome:", "biome:wrong"), "SELECT 1")


async def test_the_password_and_the_data_can_be_read_by_their_owners_only(running: Postgres) -> None:
    assert stat.S_IMODE((running.directory / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((running.directory / "data").stat().st_mode) == 0o700


async def test_it_does_not_run_as_root(running: Postgres) -> None:
    assert running.process is not None
    assert owner_of(running.process.pid) != 0


async def test_it_starts_below_a_folder_that_only_this_user_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    postgres = Postgres(closed / "postgres", port=free_port())

    await start(postgres)
    try:
        await execute(postgres.url, "CREATE TABLE numbers (n int)")
        assert await numbers(postgres.url) == []
    finally:
        await postgres.stop()


async def test_a_second_start_on_the_same_folder_is_refused_and_the_first_is_unharmed(running: Postgres) -> None:
    await execute(running.url, "CREATE TABLE numbers (n int)")

    with pytest.raises(StartupProblem, match=r"is in use by another `biome up`\. Stop that one with `make down`"):
        await start(Postgres(running.directory, port=free_port()))

    assert await numbers(running.url) == []


async def test_a_taken_port_is_told_with_the_setting_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(StartupProblem, match=rf"Port {port}, where PostgreSQL would listen.*BIOME_POSTGRES_PORT"):
            await start(Postgres(tmp_path / "postgres", port=port))


async def test_an_interrupted_first_start_leaves_no_half_made_data(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    postgres = Postgres(tmp_path / "postgres", port=free_port())

    await start(postgres)
    try:
        await execute(postgres.url, "SELECT 1")
    finally:
        await postgres.stop()
    assert not unfinished.exists()
