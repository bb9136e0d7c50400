"""`biome verify`, `why`, `replay` and `repair` on a real log."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced

from ops.audit import logs
from ops.audit.explain import explain
from ops.audit.logs import LogReader
from ops.audit.opening import auditor_of
from ops.audit.published import TICKS as TICK_LOG
from ops.audit.published import last_tick, reader_of_ticks, seek_tick, tick_in
from ops.audit.replay import replay
from ops.audit.resuming import newest_state
from ops.audit.snapshots import encode_snapshot, snapshots_in, write_snapshot
from ops.audit.verify import verify
from ops.latest_tick import read_last_tick
from ops.repair import rewriting
from ops.repair.run import repair_attention, repair_market
from schemas.biomes import Biome
from schemas.environment import Environment
from schemas.topics import ATTENTION_STATE, MARKET_STATE, MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.attention.core import WindowLengthChanged
from streams.durable.fold import CannotFoldError
from tests.are_the_books_exact.logged_market import LoggedMarket, changed, without

pytestmark = pytest.mark.timeout(300)  # the first one starts Kafka

TICKS = 6


@pytest.fixture
async def written(market: LoggedMarket) -> LoggedMarket:
    """Some ticks with trades and attention."""
    await market.open("ann")
    for number in range(TICKS):
        await market.ping("ann", Biome.SNOW, number + 1)
        await market.buy("ann", Biome.SNOW, 2 * MICRO)
        await market.close()
    return market


async def verified(
    bootstrap: str, *, first: int | None = None, last: int | None = None, file: Path | None = None
) -> int:
    return await asyncio.to_thread(verify, bootstrap, first=first, last=last, file=file, save=None)


@pytest.mark.usefixtures("written")
async def test_the_chain_is_verified_from_kafka_and_from_a_file_and_a_changed_line_is_told(
    bootstrap: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "ticks.gz"
    assert await asyncio.to_thread(verify, bootstrap, first=None, last=None, file=None, save=saved) == 0
    assert f"[OK] Ticks 1 to {TICKS}: the chain is whole" in capsys.readouterr().out
    assert await verified(bootstrap, first=3, last=4) == 0
    assert "It begins at tick 3" in capsys.readouterr().out
    assert await verified(bootstrap, last=TICKS + 1) == 1
    assert await verified(bootstrap, file=saved) == 0

    lines = gzip.decompress(saved.read_bytes()).splitlines()
    bare = tmp_path / "bare"
    bare.write_bytes(b"\n".join(line.split(b" ", 1)[1] for line in lines))
    assert await verified(bootstrap, file=bare) == 0
    assert "No hash stands beside the last tick" in capsys.readouterr().out
    bare.write_bytes(bare.read_bytes().replace(b'"players_cash":"9', b'"players_cash":"8', 1))
    assert await verified(bootstrap, file=bare) == 1
    assert "law 1" in capsys.readouterr().out
    saved.write_bytes(saved.read_bytes()[:-30])
    assert await verified(bootstrap, file=saved) == 2
    assert await verified("127.0.0.1:1") == 2


@pytest.mark.usefixtures("written")
async def test_why_reads_the_tick_and_the_one_before_it(bootstrap: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(explain, bootstrap, tick=3, biome=Biome.SNOW) == 0
    told = capsys.readouterr().out
    assert told.startswith("Tick 3.\n")
    assert "snow rises from" in told
    assert "ocean" not in told
    assert await asyncio.to_thread(explain, bootstrap, tick=99, biome=None) == 2


async def snapshot_at(environment: Environment, tick: int) -> None:
    async with auditor_of(environment.kafka_bootstrap, None, window_ms=500, follows=False) as auditor:
        await auditor.open()
        while auditor.market.tick < tick:
            assert (await auditor.next()).faults == []
        state = auditor.state()
        assert state is not None
        folder = environment.data_dir / "audit"
        write_snapshot(folder, encode_snapshot(state), tick=state.tick, closed_at=state.closed_at)


@pytest.mark.usefixtures("written")
async def test_a_replay_begins_at_the_nearest_snapshot_and_compares_every_byte(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    await snapshot_at(environment, 3)
    folder, bootstrap = environment.data_dir / "audit", environment.kafka_bootstrap
    assert await asyncio.to_thread(replay, bootstrap, first=5, last=6, snapshots=folder) == 0
    out, err = capsys.readouterr()
    assert "from the snapshot of tick 3 to tick 6" in err
    assert "[OK] 3 ticks folded again, 4 to 6" in out
    assert await asyncio.to_thread(replay, bootstrap, first=2, last=None, snapshots=folder) == 0
    assert "from the first input" in capsys.readouterr().err
    assert await asyncio.to_thread(replay, bootstrap, first=99, last=99, snapshots=folder) == 2


@pytest.mark.usefixtures("written")
async def test_a_snapshot_of_another_log_is_left_out(environment: Environment) -> None:
    await snapshot_at(environment, 3)
    folder, said = environment.data_dir / "audit", list[str]()
    (snapshot,) = snapshots_in(folder)
    assert await newest_state(environment.kafka_bootstrap, folder, said.append) is not None
    body = snapshot.path.read_bytes()
    renamed = folder / snapshot.path.name.replace("000003", "000009")
    renamed.write_bytes(gzip.compress(gzip.decompress(body)[:-1]))
    assert (await newest_state(environment.kafka_bootstrap, folder, said.append)) is not None
    assert "it does not have its checksum" in said[0]


async def test_a_tick_that_cannot_be_read_is_stepped_over(
    written: LoggedMarket, environment: Environment, bootstrap: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await snapshot_at(environment, 3)
    unreadable = changed(MARKET_TICKS.name, b'"tick":', b'"tack":')
    await written.close(twist=unreadable)
    for _ in range(3):
        await written.close()
    await written.close(twist=unreadable)

    async with reader_of_ticks(bootstrap) as reader:
        log = reader[TICK_LOG]
        assert await last_tick(log) == TICKS + 4
        for tick in range(1, TICKS + 5):
            assert await seek_tick(log, tick)
            found = tick_in(log.take())
            assert (found.tick if found else None) == (None if tick == TICKS + 1 else tick)
        assert await seek_tick(log, TICKS + 5)
        assert tick_in(log.take()) is None
        assert not await seek_tick(log, TICKS + 6)
    newest = await read_last_tick(bootstrap)
    assert newest is not None
    assert newest.tick == TICKS + 4

    folder = environment.data_dir / "audit"
    assert await newest_state(bootstrap, folder, print) is not None
    assert await asyncio.to_thread(explain, bootstrap, tick=TICKS + 1, biome=None) == 2
    assert await asyncio.to_thread(explain, bootstrap, tick=TICKS + 3, biome=None) == 0
    assert await asyncio.to_thread(replay, bootstrap, first=None, last=None, snapshots=folder) == 1
    assert f"tick {TICKS + 1}: the published bytes are not those of its inputs" in capsys.readouterr().out
    assert await asyncio.to_thread(repair_market, environment, dry_run=False) == 1
    assert "what was published cannot be read" in capsys.readouterr().out


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("patient", [False, True])
async def test_a_log_that_does_not_have_where_to_read_on_is_told_in_a_sentence_and_not_taken_for_a_delay(
    patient: bool,  # noqa: FBT001 - a parameter of the test
    bootstrap: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "LONGEST_BACKOFF_SECONDS", 0.4)
    async with LogReader(bootstrap, {TICK_LOG: 1_000}, patient=patient) as reader:
        with pytest.raises(CannotFoldError, match=r"does not have .* \(market.ticks 0, offset 1000\)"):
            async with asyncio.timeout(30):
                await reader[TICK_LOG].next()


@pytest.mark.parametrize("snapshot", [False, True])
async def test_the_markets_rows_are_made_again_from_the_log(
    snapshot: bool,  # noqa: FBT001 - a parameter of the test
    written: LoggedMarket,
    environment: Environment,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if snapshot:
        await snapshot_at(environment, 3)
    assert await asyncio.to_thread(repair_market, environment, dry_run=True) == 0
    await written.commit_rows(MARKET_STATE.name, {b"account:ann": None, b"account:mallory": b"{}", b"high-water": b"?"})
    assert await asyncio.to_thread(repair_market, environment, dry_run=True) == 1
    assert "2 rows differ: account:ann, account:mallory" in capsys.readouterr().out
    assert await asyncio.to_thread(repair_market, environment, dry_run=False) == 0
    assert "[REPAIRED]" in capsys.readouterr().out
    assert await asyncio.to_thread(repair_market, environment, dry_run=True) == 0
    assert await asyncio.to_thread(repair_market, environment, dry_run=False) == 0
    assert "there is nothing to repair" in capsys.readouterr().out


async def test_rows_that_are_made_again_in_part_are_damaged_until_all_of_them_are(
    written: LoggedMarket, environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table is too large for one transaction, and the worker takes the shard back in the middle."""
    transactions, transact = list[list[bytes]](), rewriting._transact

    async def transact_until_fenced(producer: Any, place: TopicPartition, rows: Any) -> None:
        if len(transactions) == 1:
            table = await rewriting.read_table(environment.kafka_bootstrap, place)
            assert (transactions[0], table.fault() is None) == ([b"account:ann"], False)
        transactions.append([key for key, _ in rows])
        if len(transactions) == 2:
            raise ProducerFenced
        await transact(producer, place, rows)

    monkeypatch.setattr(rewriting, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(rewriting, "_transact", transact_until_fenced)
    await written.commit_rows(MARKET_STATE.name, {b"account:ann": None, b"account:mallory": b"{}"})
    assert await asyncio.to_thread(repair_market, environment, dry_run=False) == 0
    assert "1 rows differ: account:mallory" in capsys.readouterr().out
    assert transactions[1:] == [[b"account:mallory"], [b"account:mallory"], [b"high-water"]]
    assert await asyncio.to_thread(repair_market, environment, dry_run=True) == 0


async def test_the_markets_rows_are_left_alone_when_the_published_events_are_not_those_of_the_log(
    market: LoggedMarket, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    await market.open("ann")
    await market.close(twist=without(TRADE_EVENTS.name))
    await market.close()
    assert await asyncio.to_thread(repair_market, environment, dry_run=False) == 1
    assert "so nothing was written" in capsys.readouterr().out


async def test_a_shards_rows_are_made_again_from_its_pings(
    written: LoggedMarket, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(repair_attention, environment, shard=0, dry_run=True) == 0
    await written.commit_rows(ATTENTION_STATE.name, {b"shard": b"{}"})
    assert await asyncio.to_thread(repair_attention, environment, shard=0, dry_run=True) == 1
    assert "1 rows differ: shard" in capsys.readouterr().out
    assert await asyncio.to_thread(repair_attention, environment, shard=0, dry_run=False) == 0
    await written.commit_rows(ATTENTION_STATE.name, {b"high-water": b"?"})
    assert await asyncio.to_thread(repair_attention, environment, shard=0, dry_run=False) == 0
    assert await asyncio.to_thread(repair_attention, environment, shard=0, dry_run=True) == 0
    assert await asyncio.to_thread(repair_attention, environment, shard=7, dry_run=False) == 2


@pytest.mark.usefixtures("written")
async def test_windows_of_another_length_are_refused_by_repair_and_audit(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    other = environment.model_copy(update={"window_ms": 2 * environment.window_ms})
    assert await asyncio.to_thread(repair_attention, other, shard=0, dry_run=False) == 2
    assert "set BIOME_WINDOW_MS back to 500" in capsys.readouterr().err
    async with auditor_of(other.kafka_bootstrap, None, window_ms=other.window_ms, follows=False) as auditor:
        with pytest.raises(WindowLengthChanged):
            await auditor.open()
