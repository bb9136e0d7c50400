"""The auditor beside a market: it says what is verified, goes on after kill -9, never takes a delay for a fault, and halts
trading once for each mismatch.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ops.audit.accepting import accept
from ops.audit.follow import follow, main
from ops.audit.halting import Attempt, halt_id
from ops.audit.projection import ProjectionAudit
from ops.audit.snapshots import read_snapshot, snapshots_in
from ops.audit.verdicts import Speaker, goes_on, read_last_verdict
from schemas.biomes import Biome
from schemas.decoding import decode_market_input
from schemas.environment import Environment
from schemas.messages.audit_verdicts import Accepted, Mismatch, Verified
from schemas.messages.market_inputs import SetHalt
from schemas.topics import MARKET_INPUTS, MARKET_STATE, MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.durable.dying import Exit
from streams.durable.fold import CannotFoldError
from streams.following.verdicts import Said
from tests.are_the_books_exact.logged_market import LoggedMarket, changed, twice
from tests.are_the_books_exact.test_receipts import tick_of
from tests.does_history_agree.written_market import WrittenMarket
from tests.stack import wait_until

pytestmark = pytest.mark.timeout(300)  # the first one starts Kafka

SOON_SECONDS = 60.0
PROCESS = [sys.executable, "-m", "ops.command", "run", "auditor"]


class AuditorProcess:
    """`biome run auditor`."""

    def __init__(self, environment: Environment, output: Path, **more: str) -> None:
        self._output = output
        variables = {
            "BIOME_KAFKA_BOOTSTRAP": environment.kafka_bootstrap,
            "BIOME_DATABASE_URL": environment.database_url.get_secret_value(),
            "BIOME_DATA_DIR": str(environment.data_dir),
            "BIOME_AUDIT_SNAPSHOT_TICKS": str(environment.audit_snapshot_ticks),
        }
        with output.open("ab") as file:
            self.process = subprocess.Popen(PROCESS, env={**os.environ, **variables, **more}, stdout=file, stderr=file)

    def said(self) -> str:
        return self._output.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SOON_SECONDS)


@contextmanager
def auditor(environment: Environment, **more: str) -> Iterator[AuditorProcess]:
    running = AuditorProcess(environment, environment.data_dir / "auditor.log", **more)
    try:
        yield running
    finally:
        running.kill()


async def until(environment: Environment, condition: Callable[[Said], object], what: str) -> Said:
    """Wait until the auditor has said something."""
    said: Said | None = None
    try:
        async with asyncio.timeout(SOON_SECONDS):
            while True:
                said = await read_last_verdict(environment.kafka_bootstrap)
                if said is not None and condition(said):
                    return said
                await asyncio.sleep(0.1)
    except TimeoutError:
        shown = {} if said is None else vars(said)
        pytest.fail(
            f"not within {SOON_SECONDS:.0f} s: {what}; it said {shown}\n{(environment.data_dir / 'auditor.log').read_text()}"
        )


def verified(tick: int) -> Callable[[Said], object]:
    return lambda said: said.verified is not None and said.verified.tick >= tick


def now() -> int:
    return time.time_ns() // 1_000_000


async def halts_sent(bootstrap: str) -> list[SetHalt]:
    place = TopicPartition(MARKET_INPUTS.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        await consumer.seek_to_beginning(place)
        found = []
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=200)).get(place, ()):
                message = decode_market_input(record.value)
                if isinstance(message, SetHalt):
                    found.append(message)
        return found


async def trade(market: LoggedMarket, ticks: int) -> None:
    for _ in range(ticks):
        await market.ping("ann", Biome.SNOW, 7)
        await market.buy("ann", Biome.SNOW, 2 * MICRO)
        await market.close()


async def test_it_goes_on_from_its_snapshot_after_kill_9_and_a_damaged_snapshot_is_left_out(
    market: LoggedMarket, environment: Environment
) -> None:
    await market.open("ann")
    with auditor(environment) as first:
        await trade(market, 5)
        await until(environment, verified(4), "five ticks were verified")
        wait_until(
            lambda: snapshots_in(environment.data_dir / "audit"), seconds=SOON_SECONDS, what="a snapshot was there"
        )
        first.kill()
    await trade(market, 3)
    with auditor(environment) as second:
        await trade(market, 1)
        await until(environment, verified(8), "it went on")
        assert '"after_tick": 0' not in second.said().splitlines()[-1]
        assert second.said().count('"event": "auditing"') == 2
        assert second.stop() == 0
    *_, newest = snapshots_in(environment.data_dir / "audit")
    assert read_snapshot(newest.path).tick == newest.tick
    newest.path.write_bytes(newest.path.read_bytes()[:-20])
    with auditor(environment) as third:
        await trade(market, 4)
        await until(environment, verified(12), "it went on without the damaged snapshot")
        assert "snapshot_left_out" in third.said()
        assert await halts_sent(environment.kafka_bootstrap) == []


async def test_a_delay_is_no_mismatch(market: LoggedMarket, environment: Environment) -> None:
    """It starts before there is a tick, PostgreSQL is away, attention is behind and commits several windows at once, and a tick
    is marked that the market has not published yet.
    """
    with auditor(environment, BIOME_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"):
        await market.open("ann")
        await trade(market, 2)
        said = await until(environment, verified(1), "ticks were verified without PostgreSQL")
        assert said.verified is not None
        assert said.verified.postgres == 0
        for market.puts_off in (True, True, False):
            await market.send_raw_ping(b"garbage")
            await trade(market, 1)
        await trade(market, 2)
        await market.mark_alone()
        said = await until(environment, verified(7), "the last tick was verified")
        assert said.outstanding is None
    assert await halts_sent(environment.kafka_bootstrap) == []


async def test_it_does_not_go_on_without_comparing_postgresql(
    market: LoggedMarket, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(ProjectionAudit, "_follow", fail)
    await market.close()
    with pytest.raises(ZeroDivisionError, match="planted"):
        async with asyncio.timeout(SOON_SECONDS):
            await follow(environment)


async def test_a_mismatch_halts_trading_once_over_restarts_and_an_operator_lets_it_go_on(
    market: LoggedMarket, environment: Environment
) -> None:
    await market.open("ann")
    with auditor(environment) as first:
        await trade(market, 2)
        await market.buy("ann", Biome.SNOW, MICRO)
        await market.close(twist=twice(TRADE_EVENTS.name))
        said = await until(environment, lambda said: said.outstanding, "the mismatch was published")
        assert said.outstanding is not None
        assert said.outstanding.tick == 3
        assert said.outstanding.found[0] == "tick 3: 1 of the published events are there twice"
        await _tick_until_it_has_halted(market, first)
        first.kill()

    halts = await halts_sent(environment.kafka_bootstrap)
    for number, halt in enumerate(halts):
        assert (halt.command_id, halt.by, halt.biome, halt.halted) == (halt_id(3, number), "auditor", None, True)
        assert halt.reason == "The audit found a mismatch. tick 3: 1 of the published events are there twice"

    with auditor(environment) as second:
        wait_until(
            lambda: second.said().count("trading_is_halted") == 2, seconds=SOON_SECONDS, what="it knew of the halt"
        )
        assert (
            await asyncio.to_thread(accept, environment.kafka_bootstrap, tick=7, because="a mistake", resume=False) == 1
        )
        assert (
            await asyncio.to_thread(accept, environment.kafka_bootstrap, tick=3, because="planted", resume=False) == 0
        )
        await market.close()
        await until(environment, verified(market.ticks), "it went on")
    assert await halts_sent(environment.kafka_bootstrap) == halts


async def test_a_tick_that_cannot_be_read_halts_trading_as_well(market: LoggedMarket, environment: Environment) -> None:
    await market.open("ann")
    with auditor(environment) as running:
        await trade(market, 2)
        await market.close(twist=changed(MARKET_TICKS.name, b'"tick":', b'"tack":'))
        said = await until(environment, lambda said: said.outstanding, "the mismatch was published")
        assert said.outstanding is not None
        assert "tick 3: what was published cannot be read" in said.outstanding.found
        await _tick_until_it_has_halted(market, running)


async def test_an_auditor_that_says_nothing_new_is_told_from_one_that_verifies_or_waits(bootstrap: str) -> None:
    """By this `biome up` knows when to start it again."""
    has_gone_on = goes_on(bootstrap, every_seconds=0)
    assert not await has_gone_on()
    async with Speaker(bootstrap) as speaker:
        for tick in (1, 2):
            await speaker.say(Verified(v=1, tick=tick, hash="0" * 64, closed_at=1, postgres=0))
            assert await has_gone_on()
            assert not await has_gone_on()
        await speaker.say(Mismatch(v=1, tick=3, found=["something differs"], diverged=False))
        assert await has_gone_on()
        assert await has_gone_on()
        await speaker.say(Accepted(v=1, tick=3, by="ops", reason="planted"))
        assert not await has_gone_on()


@pytest.mark.parametrize("beside_a_halt", [False, True])
def test_a_log_that_cannot_be_followed_ends_it_with_a_status_of_its_own(
    beside_a_halt: bool,  # noqa: FBT001 - a parameter of the test
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(_: Environment) -> None:
        raise CannotFoldError("planted")

    async def refuse_in_a_group(environment: Environment) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(refuse(environment))

    monkeypatch.setattr("ops.audit.follow.follow", refuse_in_a_group if beside_a_halt else refuse)
    monkeypatch.setattr("ops.audit.follow.configure_logging", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main(Environment())
    assert ended.value.code == Exit.REFUSED


def test_a_halt_carries_the_time_of_the_log_and_not_of_a_clock_that_may_be_wrong() -> None:
    halting = Attempt(Mismatch(v=1, tick=1, found=["something differs"], diverged=False))
    tick = tick_of(WrittenMarket().close())
    halting.look_at(tick)
    assert halting.command().at == tick.closed_at


async def test_a_market_of_another_state_is_followed_from_its_own_once_that_is_accepted(
    market: LoggedMarket, environment: Environment
) -> None:
    """Rows that somebody changed under the market, which then went on from them: the refold can never agree again."""
    await market.open("ann")
    with auditor(environment):
        await trade(market, 2)
        await until(environment, verified(1), "two ticks were verified")
        key = b"account:ann"
        row = market.rows.get(key)
        assert row is not None
        market.rows.put(key, row.replace(b'"frozen":false', b'"frozen":true'))
        await trade(market, 1)
        said = await until(environment, lambda said: said.outstanding, "the mismatch was published")
        assert said.outstanding is not None
        assert said.outstanding.diverged
        assert "the published bytes are not those of the refold" in " ".join(said.outstanding.found)
        await asyncio.to_thread(
            accept, environment.kafka_bootstrap, tick=said.outstanding.tick, because="planted", resume=False
        )
        await until(environment, lambda said: said.outstanding is None, "it was accepted")
        wait_until(
            lambda: '"after_tick": 3' in (environment.data_dir / "auditor.log").read_text(),
            seconds=SOON_SECONDS,
            what="it began again at the market's own state",
        )
        market.now = now()  # Kafka has stamped a halt
        await trade(market, 2)
        await until(environment, verified(4), "it went on")


async def test_a_row_that_somebody_writes_beside_the_market_is_told(
    market: LoggedMarket, environment: Environment
) -> None:
    await market.open("ann")
    with auditor(environment):
        await trade(market, 1)
        await until(environment, verified(1), "a tick was verified")
        await market.commit_rows(MARKET_STATE.name, {b"account:mallory": b"{}"})
        await trade(market, 1)
        said = await until(environment, lambda said: said.outstanding, "the mismatch was published")
        assert said.outstanding is not None
        assert "rows differ from the refold: account:mallory" in said.outstanding.found[0]


async def _tick_until_it_has_halted(market: LoggedMarket, running: AuditorProcess) -> None:
    """Kafka stamps the halt, which takes the log from its years ago to the present: a first halt is too old then."""
    async with asyncio.timeout(SOON_SECONDS):
        while "trading_is_halted" not in running.said():
            market.now = max(market.now, now())
            await market.close()
            await asyncio.sleep(0.2)
