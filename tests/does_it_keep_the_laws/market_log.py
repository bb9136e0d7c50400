"""Writes a market's log as a dialogue, and reads what the fold answers."""

from typing import Any, NamedTuple

import msgspec

from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_dead_letter, decode_price, decode_tick, decode_trade_event, encode
from schemas.messages.dead_letters import DeadLetter
from schemas.messages.fields import Message
from schemas.messages.market_inputs import (
    CloseWindow,
    Genesis,
    MarketSettings,
    OpenAccount,
    OrderKind,
    PlaceOrder,
    ReportAttention,
)
from schemas.messages.market_prices import Price
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import Filled, Rejected, TradeEvent
from schemas.topics import DEAD_LETTERS, MARKET_PRICES, MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.durable.fold import Commit, Output, Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold

START = 1_700_000_000_000
WINDOW_MS = 500
GRANT = 10_000 * MICRO
EVEN = (1,) * len(BIOMES)


class Closed(NamedTuple):
    """What one tick published."""

    commit: Commit
    tick: Tick
    prices: list[Price]
    events: list[TradeEvent]
    dead_letters: list[DeadLetter]

    def outcome(self, order_id: str) -> Filled | Rejected:
        """The one outcome of an order in this tick."""
        outcomes = [e for e in self.events if isinstance(e, Filled | Rejected) and e.order.order_id == order_id]
        (outcome,) = outcomes
        return outcome

    def code(self, order_id: str) -> str:
        """FILLED, or the code of the rejection."""
        outcome = self.outcome(order_id)
        return "FILLED" if isinstance(outcome, Filled) else outcome.code.value


def read(commit: Commit) -> Closed:
    """The messages of a commit, by their topics."""

    def bodies(topic: str) -> list[bytes]:
        return [output.value for output in commit.outputs if output.topic == topic]

    (tick,) = bodies(MARKET_TICKS.name)
    return Closed(
        commit,
        decode_tick(tick),
        [decode_price(body) for body in bodies(MARKET_PRICES.name)],
        [decode_trade_event(body) for body in bodies(TRADE_EVENTS.name)],
        [decode_dead_letter(body) for body in bodies(DEAD_LETTERS.name)],
    )


class Market:
    """A market in a dialogue: one method for each thing that its log can say."""

    def __init__(self, *, genesis: bool = True, **settings: Any) -> None:
        self.now = START
        self.settings = MarketSettings(**({"attention_shards": 1} | settings))
        self.records: list[Record] = []
        self.rows = Rows()
        self.fold = MarketFold(self.rows)
        self.ticks = 0
        self._attention = [0] * len(BIOMES)
        self._orders = 0
        if genesis:
            self.say(Genesis(v=1, settings=self.settings))

    def say(self, message: Message | bytes | None) -> Commit | None:
        """Append one message to the log, now, and fold it."""
        body = encode(message) if isinstance(message, Message) else message
        record = Record(len(self.records), self.now, None, body)
        self.records.append(record)
        commit = self.fold.fold(record)
        if commit is not None:
            self.ticks += 1
        return commit

    def open(self, *players: str, grant: int = GRANT) -> None:
        for player in players:
            self.say(OpenAccount(v=1, player=player, grant=grant))

    def order(self, player: str, biome: Biome, kind: OrderKind, quantity: int, **more: Any) -> str:
        """Place an order, now unless ``placed_at`` says otherwise; returns its id."""
        self._orders += 1
        fields: dict[str, Any] = {"order_id": f"order-{self._orders}", "placed_at": self.now} | more
        order = PlaceOrder(v=1, player=player, biome=biome, kind=kind, quantity=quantity, **fields)
        self.say(order)
        return order.order_id

    def buy(self, player: str, biome: Biome, amount: int, **more: Any) -> str:
        """Buy for so many micro-BDT."""
        return self.order(player, biome, OrderKind.BUY_CASH, amount, **more)

    def sell(self, player: str, biome: Biome, shares: int, **more: Any) -> str:
        """Sell so many micro-shares."""
        return self.order(player, biome, OrderKind.SELL_SHARES, shares, **more)

    def attend(self, *points: int, **more: Any) -> None:
        """Shard 0 reports so many more points, a biome each (none: only that it is there)."""
        for biome, more_points in enumerate(points):
            self._attention[biome] += more_points
        fields: dict[str, Any] = {
            "shard": 0,
            "shards": self.settings.attention_shards,
            "offset": len(self.records),
            "reached": self.now,
            "taken": list(self._attention),
            "discarded": {},
            "cap": 10,
        }
        self.say(ReportAttention(v=1, **(fields | more)))

    def mark(self, tick: int | None = None) -> Commit | None:
        """The clock's mark, for the next tick unless another is named."""
        return self.say(CloseWindow(v=1, tick=self.ticks + 1 if tick is None else tick, due=self.now))

    def close(self, *points: int, after_ms: int = WINDOW_MS) -> Closed:
        """A window passes, attention reports, and the mark closes the tick."""
        self.now += after_ms
        self.attend(*points)
        return self._marked()

    def close_unheard(self, *, after_ms: int = WINDOW_MS) -> Closed:
        """A window passes and the mark closes the tick, without a word from attention."""
        self.now += after_ms
        return self._marked()

    def _marked(self) -> Closed:
        commit = self.mark()
        assert commit is not None, "the mark did not close the tick"
        return read(commit)


def fold_all(records: list[Record], rows: Rows | None = None) -> tuple[Rows, list[Commit]]:
    """The state and the commits of a whole log."""
    fold = MarketFold(Rows() if rows is None else rows)
    commits = [commit for record in records if (commit := fold.fold(record)) is not None]
    return fold.rows, commits


def bytes_of(commit: Commit) -> tuple[int, tuple[Output, ...]]:
    return commit.next_offset, tuple(commit.outputs)


def body_without(message: Message, *fields: str) -> dict[str, Any]:
    """The fields of a message but some."""
    body: dict[str, Any] = msgspec.json.decode(encode(message))
    return {name: value for name, value in body.items() if name not in fields}
