"""The audit of one tick, pure: what was published of it against the refold, and the books against both."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from ops.audit.books import MAY_RETURN_MS, Books
from ops.audit.market import MarketAudit, Published, diverges
from ops.audit.market import Message as KeyAndValue
from ops.audit.published import Stated
from schemas.biomes import Biome
from schemas.decoding import decode_trade_event, encode
from schemas.messages.fields import Message
from schemas.messages.market_inputs import OrderKind
from schemas.messages.market_ticks import HASH_HEADER
from schemas.messages.trade_events import Filled, OrderTerms, Rejected, TradeEvent
from schemas.rejections import Rejection
from schemas.topics import DEAD_LETTERS, MARKET_PRICES, MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.durable.fold import Commit, Record
from tests.are_the_books_exact.test_receipts import tick_of
from tests.does_history_agree.written_market import WrittenMarket


class RecordedMarket(WrittenMarket):
    """Keeps its inputs, for an audit to fold them again."""

    def __init__(self) -> None:
        self.inputs: list[Record] = []
        super().__init__()

    def _say(self, message: Message) -> Commit | None:
        self.inputs.append(Record(self._offset, self.now, None, encode(message)))
        return super()._say(message)


def published(commit: Commit) -> Published:
    def of(topic: str) -> list[KeyAndValue]:
        return [(output.key, output.value) for output in commit.outputs if output.topic == topic]

    tick = next(output for output in commit.outputs if output.topic == MARKET_TICKS.name)
    stated = Stated(tick.value, dict(tick.headers)[HASH_HEADER].decode())
    return Published(stated, of(MARKET_PRICES.name), of(TRADE_EVENTS.name), of(DEAD_LETTERS.name))


def closes(audit: MarketAudit, market: RecordedMarket) -> Iterator[Commit]:
    inputs, market.inputs = market.inputs, []
    for record in inputs:
        commit = audit.input(record)
        if commit is not None:
            yield commit


PLANTED: dict[str, Callable[[Published], Published]] = {
    "the published bytes are not those of the refold: players_cash": lambda one: one._replace(
        tick=Stated(one.tick.body.replace(b'"players_cash":"1', b'"players_cash":"2'), one.tick.hash)
    ),
    "the published hash is not that of the refold": lambda one: one._replace(tick=Stated(one.tick.body, "0" * 64)),
    "the body does not have the hash": lambda one: one._replace(tick=Stated(one.tick.body, "0" * 64)),
    "1 of the 2 events of the refold were not published, the first is number 1": lambda one: one._replace(
        events=one.events[:1]
    ),
    "1 of the published events are there twice": lambda one: one._replace(events=[*one.events, one.events[0]]),
    "the published events are in another order": lambda one: one._replace(events=one.events[::-1]),
    "1 of the published rows of market.prices are not those of the refold": lambda one: one._replace(
        prices=[(b"ocean", b"{}"), *one.prices[1:]]
    ),
    "an event cannot be read": lambda one: one._replace(events=[*one.events, (None, b"{}")]),
}


@pytest.mark.parametrize("sentence", PLANTED)
def test_what_was_planted_in_a_tick_is_told_in_a_sentence_and_the_next_tick_is_well_again(sentence: str) -> None:
    market, audit = RecordedMarket(), MarketAudit()
    market.open("ann", "bob")
    good = market.close()
    (ours,) = closes(audit, market)
    assert audit.verdict(ours, published(good)) == []

    market.buy("ann", Biome.SNOW, MICRO)
    market.buy("bob", Biome.SNOW, 2 * MICRO)
    spoilt = PLANTED[sentence](published(market.close()))
    (ours,) = closes(audit, market)
    found = audit.verdict(ours, spoilt)
    assert any(fault.startswith("tick 2: ") and sentence in fault for fault in found), found

    if not diverges(ours, spoilt.tick):
        after = market.close()
        (ours,) = closes(audit, market)
        assert audit.verdict(ours, published(after)) == []


def rejected(order: str, *, placed_at: int, at: int, tick: int, code: Rejection = Rejection.EXPIRED) -> Rejected:
    terms = OrderTerms(
        order_id=order,
        client_order_id=None,
        biome=Biome.SNOW,
        kind=OrderKind.BUY_CASH,
        quantity="1",
        limit=None,
        max_pay=None,
        placed_at=placed_at,
    )
    return Rejected(
        v=1, tick=tick, index=0, at=at, player="carl", cause=1, order=terms, code=code, detail="", account=None
    )


class Desk:
    """Books that are told of rejections alone, at times of the test's choosing."""

    def __init__(self) -> None:
        self._tick = tick_of(WrittenMarket().close())
        self.books = Books()

    def audit(self, *events: TradeEvent, at: int) -> list[str]:
        tick = msgspec.structs.replace(self._tick, closed_at=at)
        return [fault for fault in self.books.audit(tick, events) if "law 11" in fault]


def test_a_second_outcome_is_a_fault_unless_the_order_came_again_after_its_deadline() -> None:
    desk, now = Desk(), 1_700_000_000_000
    assert desk.audit(rejected("a", placed_at=now, at=now, tick=1, code=Rejection.NO_ACCOUNT), at=now) == []
    again = rejected("a", placed_at=now, at=now + 500, tick=2, code=Rejection.NO_ACCOUNT)
    assert desk.audit(again, at=now + 500) == ["law 11: order a has a second outcome"]
    for code in (Rejection.EXPIRED, Rejection.HALTED, Rejection.ATTENTION_STALE):
        late = rejected("a", placed_at=now, at=now + 10_500, tick=3, code=code)
        assert desk.audit(late, at=now + 10_500) == []
    other = rejected("a", placed_at=now, at=now + 11_000, tick=4, code=Rejection.NO_ACCOUNT)
    assert desk.audit(other, at=now + 11_000) != []


def test_orders_are_remembered_while_they_may_come_back_and_no_longer() -> None:
    desk, now = Desk(), 1_700_000_000_000
    for number in range(200):
        at = now + number * 500
        desk.audit(rejected(f"order-{number}", placed_at=at, at=at, tick=1), at=at)
    kept = desk.books.state().decided
    assert [order for tick in kept for order in tick.orders] == [
        f"order-{number}" for number in range(200 - MAY_RETURN_MS // 500 - 1, 200)
    ]


def test_books_go_on_from_what_was_kept_of_them() -> None:
    market, whole, resumed = RecordedMarket(), Books(), Books()
    market.open("ann")
    for number in range(4):
        market.buy("ann", Biome.SNOW, (number + 1) * MICRO)
        commit = market.close()
        tick, events = tick_of(commit), [decode_trade_event(value or b"") for _, value in published(commit).events]
        assert any(isinstance(event, Filled) for event in events)
        assert whole.audit(tick, events) == []
        assert resumed.audit(tick, events) == []
        kept = msgspec.msgpack.encode(resumed.state())
        resumed = Books(msgspec.msgpack.decode(kept, type=type(resumed.state())))
    assert resumed.accounts == whole.accounts
