"""Does the simulator find what it is there for? Each test plants one fault in the real code, and an episode must show it."""

from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from streams.durable.changelog import Changelog
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.durable.shard import Shard
from streams.durable.window import TumblingWindow
from streams.market.core import MarketFold, filling
from streams.market.core.deciding import Decisions
from tests.simulation.clients import SimulatedConsumer, SimulatedKafka, SimulatedProducer
from tests.simulation.episodes import run_episode
from tests.simulation.world import World

MOST_EPISODES = 60
TICKS = 60


def what_the_simulator_says(*kinds: str) -> str:
    """The last line of the first failure; empty when there is none. ``kinds`` of faults that bring the planted one out
    soon: without them an episode in ten or a hundred does.
    """
    for seed in range(1, MOST_EPISODES + 1):
        failure = run_episode(seed, ticks=TICKS, only=kinds).failure
        if failure is not None:
            return failure.splitlines()[-1]
    return ""


def test_a_changelog_that_is_not_fenced(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = count()
    fenced: Callable[..., SimulatedProducer] = SimulatedKafka.shard_producer
    monkeypatch.setattr(SimulatedKafka, "shard_producer", lambda self, name: fenced(self, f"{name}-{next(ids)}"))
    assert what_the_simulator_says("evict", "pause")


def test_outputs_outside_of_the_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Changelog._transact

    async def transact(self: Changelog, outputs: Any, changes: Any) -> None:
        producer = self._kafka.producer()
        for output in outputs:
            await (await producer.send(output.topic, output.value, output.key, headers=list(output.headers)))
        await inside(self, [], changes)

    monkeypatch.setattr(Changelog, "_transact", transact)
    assert what_the_simulator_says("crash")


def test_rows_and_outputs_in_two_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = Changelog._transact

    async def transact(self: Changelog, outputs: Any, changes: Any) -> None:
        await inside(self, outputs, {})
        await inside(self, [], changes)

    monkeypatch.setattr(Changelog, "_transact", transact)
    assert what_the_simulator_says()


def test_a_position_from_the_consumer_group(monkeypatch: pytest.MonkeyPatch) -> None:
    committed: dict[object, int] = {}
    take, open_ = Shard.take, Shard.open

    async def open_at_the_groups(self: Shard, open_fold: Any, log_reader: Any) -> None:
        await open_(self, open_fold, log_reader)
        self.position = committed.get(self._place, self.position)

    async def take_and_acknowledge(self: Shard, record: Record, log_reader: Any) -> None:
        await take(self, record, log_reader)
        committed[self._place] = self.position

    monkeypatch.setattr(Shard, "open", open_at_the_groups)
    monkeypatch.setattr(Shard, "take", take_and_acknowledge)

    def episode(seed: int) -> str | None:
        committed.clear()
        return run_episode(seed, ticks=TICKS).failure

    assert any(episode(seed) for seed in range(1, MOST_EPISODES))


def test_acks_that_are_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    async def transact(self: Changelog, outputs: list[Output], changes: dict[bytes, bytes]) -> None:
        await self._producer.begin_transaction()
        for output in outputs:
            await self._producer.send(output.topic, output.value, output.key, headers=list(output.headers))
        for key, value in changes.items():
            await self._producer.send(self._place.topic, value, key, partition=self._place.partition)
        await self._producer.commit_transaction()

    monkeypatch.setattr(Changelog, "_transact", transact)
    assert what_the_simulator_says("fail_requests")


def test_a_gap_that_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pass_it(self: Shard, offset: int, _log_reader: Any) -> None:
        self._pass_to(offset)

    monkeypatch.setattr(Shard, "_pass_hole", pass_it)
    assert what_the_simulator_says()


def test_inputs_that_are_folded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Shard.take

    async def take_anything(self: Shard, record: Record, log_reader: Any) -> None:
        self.position = min(self.position, record.offset)
        await take(self, record, log_reader)

    monkeypatch.setattr(Shard, "take", take_anything)
    assert what_the_simulator_says("rebalance", "crash")


def test_rows_that_were_never_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        SimulatedKafka,
        "committed_reader",
        lambda self: SimulatedConsumer(self._broker, self._random, committed=False),
    )
    assert what_the_simulator_says()


def test_commits_that_hide_behind_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    async def committed_end(place: TopicPartition, committed: Any, _uncommitted: Any) -> int:
        return int((await committed.end_offsets([place]))[place])

    monkeypatch.setattr("streams.durable.changelog._settled_end_of", committed_end)
    assert what_the_simulator_says("stranger_in_a_changelog", "crash")


def test_a_mark_of_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    close = MarketFold._close

    def close_always(self: MarketFold, mark: Any, record: Record, window: Any) -> Commit | None:
        return close(self, msgspec.structs.replace(mark, tick=self.next_tick), record, window)

    monkeypatch.setattr(MarketFold, "_close", close_always)
    assert "no mark of its number closed it at its time" in what_the_simulator_says()


def test_an_order_that_is_decided_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decisions, "_is_known", lambda *_: False)
    assert "law 11" in what_the_simulator_says()


def test_rounding_that_favours_the_trader(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = filling._sale

    def generous(*order: Any, **more: Any) -> Any:
        outcome = sale(*order, **more)
        return outcome._replace(cash=outcome.cash + 1) if isinstance(outcome, filling.Fill) else outcome

    monkeypatch.setattr(filling, "_sale", generous)
    assert "law 6" in what_the_simulator_says()


def test_a_cap_for_windows_that_are_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TumblingWindow, "number", lambda _self, time: time // 1_000)
    assert "law 10" in what_the_simulator_says()


def test_damaged_rows_are_refused_and_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "DAMAGED" in damaged_episode()
    monkeypatch.setattr(Rows, "digest", lambda _self: "0" * 64)
    monkeypatch.setattr("tests.simulation.refold.digest_of", lambda _rows: "0" * 64)
    assert "DAMAGED" not in damaged_episode() != ""


def damaged_episode() -> str:
    """The changelog loses a record that the auditor has seen, and then its worker crashes."""
    world = World(7)
    log = world.broker.partition("market-state-changelog")

    def lose_a_row() -> None:
        index = max(index for index, entry in enumerate(log.entries) if entry.key == b"market")
        entry = next(one for one in reversed(log.entries[:index]) if one.key == b"market" or one.key is None)
        log.entries[index].value = entry.value
        for worker in world.groups[0].workers.values():
            worker.process.steps_to_live = 0

    world.loop.in_world(20.0, lose_a_row)
    try:
        world.run(TICKS)
    except AssertionError as wrong:
        return str(wrong)
    return ""
