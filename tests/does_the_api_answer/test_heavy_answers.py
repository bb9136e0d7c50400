"""Answers that are large: made beside the event loop or once, and compressed for whoever takes that."""

import gzip
import resource
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from psycopg import AsyncConnection, sql

import api.ticks.routes
from api.leaderboard.models import By
from api.leaderboard.reading import AsOf, _query
from api.service import raise_open_files
from api.ticks.documents import TickRow, tick_document
from api.ticks.models import Tick
from streams.history.migration import migrate
from tests.conftest import BackgroundLoop
from tests.does_the_api_answer.folded_market import FoldedMarket
from tests.does_the_api_answer.in_process import client_of, replica

SCRIPT = "export const biomes = ['snow'];\n" * 100
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def tables(background: BackgroundLoop, database: str) -> str:
    """URL of a database in which history has some ticks."""
    migrate(database)
    market = FoldedMarket()
    for _ in range(4):
        market.tick()
    background.run(market.project(database, through=market.newest))
    return database


@pytest.fixture
async def application(tables: str, tmp_path: Path) -> AsyncIterator[FastAPI]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>a page</title>")
    (tmp_path / "assets" / "app-1a2b.js").write_text(SCRIPT)
    (tmp_path / "assets" / "snow-1a2b.png").write_bytes(b"\x89PNG" * 1_000)
    async with replica(tables, page_dir=tmp_path) as application:
        yield application


async def test_ticks_are_rendered_beside_the_loop_that_streams_wait_for(
    application: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def render(row: TickRow) -> Tick:
        threads.append(threading.get_ident())
        return tick_document(row)

    monkeypatch.setattr(api.ticks.routes, "tick_document", render)
    async with client_of(application) as client:
        answer = await client.get("/biome-market/ticks", params={"limit": 3})
    assert [tick["tick"] for tick in answer.json()["ticks"]] == [3, 4, 5]
    assert len(threads) == 3
    assert threading.get_ident() not in threads


async def test_the_page_is_compressed_for_who_takes_that_and_never_otherwise(application: FastAPI) -> None:
    async with client_of(application) as client:
        script = "http://api/assets/app-1a2b.js"
        compressed = await client.get(script, headers=GZIP)
        plain = await client.get(script, headers=PLAIN)
        part = await client.get(script, headers=GZIP | {"Range": "bytes=0-5"})
        head = await client.head(script, headers=GZIP)
        again = await client.get(script, headers=GZIP | {"If-None-Match": compressed.headers["etag"]})
        small = await client.get("http://api/", headers=GZIP)
        picture = await client.get("http://api/assets/snow-1a2b.png", headers=GZIP)
    assert (compressed.text, compressed.headers["content-encoding"]) == (SCRIPT, "gzip")
    assert int(compressed.headers["content-length"]) < len(SCRIPT) // 10
    assert compressed.headers["content-type"] == plain.headers["content-type"]
    assert "immutable" in compressed.headers["cache-control"]
    assert compressed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert plain.text == SCRIPT
    assert (part.status_code, part.text) == (206, "export")
    assert again.status_code == 304
    for answer in (plain, part, head, small, picture):
        assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
async def test_a_description_of_the_api_is_rendered_once(application: FastAPI, name: str) -> None:
    async with client_of(application) as client:
        compressed = await client.get(f"http://api/{name}.json", headers=GZIP)
        plain = await client.get(f"http://api/{name}.json", headers=PLAIN)
        again = await client.get(f"http://api/{name}.json", headers={"If-None-Match": plain.headers["etag"]})
    assert compressed.json() == plain.json()
    assert compressed.json()[name].startswith("3.")
    assert (compressed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert len(gzip.compress(plain.content)) < len(plain.content) // 4
    assert (again.status_code, again.content) == (304, b"")


async def test_the_leaderboard_finds_names_by_an_index(tables: str) -> None:
    query = _query(AsOf(1, 1, 0, 1), By.NET_WORTH, sql.SQL("true"))
    async with await AsyncConnection.connect(tables, autocommit=True) as connection:
        await connection.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off")
        cursor = await connection.execute(sql.SQL("EXPLAIN ") + query, (50,))
        plan = "\n".join(row[0] for row in await cursor.fetchall())
    assert "users_id_as_text" in plan, plan


def test_a_process_may_have_as_many_streams_as_the_system_lets_it() -> None:
    soft, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard - 1, 1_024), hard))
    try:
        assert raise_open_files() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
