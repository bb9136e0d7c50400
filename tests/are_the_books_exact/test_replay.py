"""What a replay says of a log that is not whole: a sentence about the log, whatever is missing. Without a Kafka."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition

from ops.audit.progress import Progress
from ops.audit.replay import ReplayFault, _Replay
from ops.audit.state import INPUTS, TICKS
from schemas.biomes import Biome
from schemas.units import MICRO
from streams.durable.fold import Record
from tests.are_the_books_exact.test_market_audit import RecordedMarket, published

LAST = 3


class TickRecord(NamedTuple):
    offset: int
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class WrittenLog:
    """Records at hand, as ``ops.audit.logs.Log`` gives those of Kafka."""

    def __init__(self, records: list[Any]) -> None:
        self._records = records
        self.next_offset = 0

    async def peek(self, *, seconds: float) -> Any:  # noqa: ARG002 -- what is there is at hand
        return self._records[0] if self._records else None

    def take(self) -> Any:
        record = self._records.pop(0)
        self.next_offset = record.offset + 1
        return record

    async def next(self) -> Any:
        return self.take()

    async def end(self) -> int:
        return self.next_offset

    async def holds_nothing_before(self, end: int) -> bool:
        return not self._records and self.next_offset >= end


def written() -> tuple[list[Record], list[TickRecord]]:
    """Inputs and ticks of a small market."""
    market, ticks = RecordedMarket(), []
    market.open("ann")
    for number in range(LAST):
        market.buy("ann", Biome.SNOW, MICRO)
        ticks.append(TickRecord(number, published(market.close()).tick.body))
    return market.inputs, ticks


async def replayed(inputs: list[Record], ticks: list[TickRecord]) -> int:
    logs: Mapping[TopicPartition, Any] = {INPUTS: WrittenLog(inputs), TICKS: WrittenLog(list(ticks))}
    _, last = await _Replay(logs, None, Progress(total=None)).run_to(LAST)
    return last.tick


async def test_a_whole_log_is_replayed() -> None:
    assert await replayed(*written()) == LAST


async def test_a_log_of_inputs_that_lost_its_end_is_told() -> None:
    inputs, ticks = written()
    with pytest.raises(ReplayFault, match=f"tick {LAST} was published, and the log of inputs ends at offset"):
        await replayed(inputs[:-1], ticks)


async def test_inputs_that_are_missing_are_told() -> None:
    inputs, ticks = written()
    with pytest.raises(ReplayFault, match="tick 1: inputs 2 to 2 are not in the log any more"):
        await replayed([*inputs[:2], *inputs[3:]], ticks)


async def test_a_law_that_is_broken_when_it_is_folded_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_a_law(*_: object) -> None:
        raise AssertionError("law 1: planted")

    inputs, ticks = written()
    monkeypatch.setattr("streams.market.core.closing.assert_laws", break_a_law)
    with pytest.raises(ReplayFault, match=r"tick 1: folded again, it breaks a law\. law 1: planted"):
        await replayed(inputs, ticks)
