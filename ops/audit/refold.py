"""The market's log folded again, and every published tick and event compared with what comes out."""

from collections.abc import AsyncGenerator, Iterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.decoding import encode
from schemas.messages.market_ticks import HASH_HEADER
from schemas.topics import MARKET_INPUTS, MARKET_TICKS, TRADE_EVENTS
from streams.durable.fold import Commit, Record
from streams.durable.rows import Rows
from streams.following.whole_ticks import WholeTick
from streams.market.core import MarketFold

INPUTS = TopicPartition(MARKET_INPUTS.name, 0)
POLL_MS = 1_000


class Refold:
    """A copy of the market's fold, from the first input on."""

    def __init__(self, consumer: AIOKafkaConsumer, *, end: int) -> None:
        self.rows = Rows()
        self.next_offset = 0
        self._fold = MarketFold(self.rows)
        self._records = _records(consumer, end=end)

    async def audit(self, whole: WholeTick) -> list[str]:
        """Fold until the next tick closes, and compare it with the published one."""
        async for record in self._records:
            commit = self._fold.fold(Record(record.offset, record.timestamp, record.key, record.value))
            if commit is not None:
                self.rows.take_changes()
                self.next_offset = commit.next_offset
                return [f"tick {whole.tick.tick}: {fault}" for fault in _differences(commit, whole)]
        return [f"tick {whole.tick.tick} was published, and the log of inputs does not close it"]


def _differences(commit: Commit, whole: WholeTick) -> Iterator[str]:
    ticks = [output for output in commit.outputs if output.topic == MARKET_TICKS.name]
    if [output.value for output in ticks] != [whole.body]:
        yield "the published bytes are not those of the refold"
    elif dict(ticks[0].headers)[HASH_HEADER].decode() != whole.hash:
        yield "the published hash is not that of the refold"
    events = [output.value for output in commit.outputs if output.topic == TRADE_EVENTS.name]
    if events != [encode(event) for event in whole.events]:
        yield "the published events are not those of the refold"


async def _records(consumer: AIOKafkaConsumer, *, end: int) -> AsyncGenerator[ConsumerRecord, None]:
    """All inputs before ``end``, without a gap (a gap would show as a difference)."""
    consumer.assign([INPUTS])
    consumer.seek(INPUTS, 0)
    position = 0
    while position < end:
        for record in (await consumer.getmany(INPUTS, timeout_ms=POLL_MS)).get(INPUTS, ()):
            position = record.offset + 1
            yield record
