"""A market whose log is written by the test, folded by the real core, and published to a real Kafka in transactions."""

from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas.biomes import BIOMES, Biome
from schemas.decoding import encode
from schemas.messages.fields import Message
from schemas.messages.market_inputs import (
    CloseWindow,
    Command,
    Genesis,
    MarketSettings,
    OpenAccount,
    OrderKind,
    PlaceOrder,
    ReportAttention,
)
from schemas.units import MICRO
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold

START = 1_700_000_000_000
WINDOW_MS = 500
GRANT = 10_000 * MICRO


class WrittenMarket:
    """Inputs in, commits out; ``publish`` puts the newest commit where readers see it."""

    def __init__(self) -> None:
        self.rows = Rows()
        self._fold = MarketFold(self.rows)
        self._offset = 0
        self.now = START
        self.ticks = 0
        self._attention = [0] * len(BIOMES)
        self._orders = 0
        self._say(Genesis(v=1, settings=MarketSettings(attention_shards=1)))

    def open(self, *players: str) -> None:
        for player in players:
            self._say(OpenAccount(v=1, player=player, grant=GRANT))

    def buy(self, player: str, biome: Biome, micro_bdt: int, **more: Any) -> str:
        return self._order(player, biome, OrderKind.BUY_CASH, micro_bdt, **more)

    def sell(self, player: str, biome: Biome, micro_shares: int, **more: Any) -> str:
        return self._order(player, biome, OrderKind.SELL_SHARES, micro_shares, **more)

    def give(self, command: Command) -> None:
        """An admin command."""
        self._say(command)

    def close(self, attention: Iterable[int] = (1,) * len(BIOMES)) -> Commit:
        """A window passes, attention reports, and the mark closes the tick."""
        self.now += WINDOW_MS
        self._attention = [before + more for before, more in zip(self._attention, attention, strict=True)]
        self._say(
            ReportAttention(
                v=1,
                shard=0,
                shards=1,
                offset=self._offset,
                reached=self.now,
                taken=list(self._attention),
                discarded={},
                cap=10,
            )
        )
        commit = self._say(CloseWindow(v=1, tick=self.ticks + 1, due=self.now))
        assert commit is not None
        self.ticks += 1
        return commit

    def _order(self, player: str, biome: Biome, kind: OrderKind, quantity: int, **more: Any) -> str:
        self._orders += 1
        fields: dict[str, Any] = {"order_id": f"order-{self._orders}", "placed_at": self.now} | more
        order = PlaceOrder(v=1, player=player, biome=biome, kind=kind, quantity=quantity, **fields)
        self._say(order)
        return order.order_id

    def _say(self, message: Message) -> Commit | None:
        record = Record(self._offset, self.now, None, encode(message))
        self._offset += 1
        return self._fold.fold(record)


async def publish(producer: AIOKafkaProducer, commit: Commit, *, abort: bool = False) -> None:
    """One tick in one transaction, as the market agent writes it; or the same, aborted in the end."""
    await producer.begin_transaction()
    for sent in [await _send(producer, output) for output in commit.outputs]:
        await sent
    await (producer.abort_transaction() if abort else producer.commit_transaction())


async def _send(producer: AIOKafkaProducer, output: Output) -> Any:
    return await producer.send(output.topic, output.value, key=output.key, headers=list(output.headers), partition=0)
