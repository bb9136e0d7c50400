"""The audit of one tick, pure: what was published of it against the refold, and the books against both."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from ops.audit.books import MAY_RETURN_MS, Books
from ops.audit.market import MarketAudit, Published, diverges
from ops.audit.market import Message as KeyAndValue
from ops.audit.outcomes import AllOutcomes
from ops.audit.published import Stated
from schemas.biomes import BIOMES, Biome
from schemas.decoding import decode_trade_event, encode
from schemas.messages.fields import Message
from schemas.messages.market_inputs import OrderKind
from schemas.messages.market_ticks import HASH_HEADER
from schemas.messages.trade_events import AccountAfter, Filled, OrderTerms, Rejected, TradeEvent
from schemas.rejections import Rejection
from schemas.topics import DEAD_LETTERS, MARKET_PRICES, MARKET_TICKS, TRADE_EVENTS
from schemas.units import MICRO
from streams.durable.fold import Commit, Record
from streams.market.core.account import REFUSALS_REMEMBERED
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


def fill_of(rejection: Rejected) -> Filled:
    after = AccountAfter(cash="0", holdings=["0"] * len(BIOMES), frozen=False)
    of_both = {field: getattr(rejection, field) for field in ("v", "tick", "index", "at", "player", "cause", "order")}
    return Filled(**of_both, price="1", shares="1", cash="1", fee="0", account=after)


def test_a_rejection_may_be_told_again_and_a_fill_neither_follows_nor_is_followed_within_the_deadline() -> None:
    now, again = 1_700_000_000_000, "law 11: order a has a second outcome"
    first = rejected("a", placed_at=now, at=now, tick=1, code=Rejection.TOO_MANY_ORDERS)
    soon = rejected("a", placed_at=now, at=now + 500, tick=2, code=Rejection.TOO_MANY_ORDERS)
    late = rejected("a", placed_at=now, at=now + 10_500, tick=3)
    for before, after, found in (
        (first, soon, []),
        (first, late, []),
        (fill_of(first), late, []),
        (fill_of(first), soon, [again]),
        (first, fill_of(soon), [again]),
        (fill_of(first), fill_of(soon), [again]),
    ):
        desk = Desk()
        assert desk.audit(before, at=before.at) == []
        assert desk.audit(after, at=after.at) == found, after


def test_a_flood_whose_refusals_the_market_forgot_and_told_again_is_no_fault_and_each_order_counts_once() -> None:
    market, audit, outcomes = RecordedMarket(), MarketAudit(), AllOutcomes()
    market.open("ann")
    flood = [market.buy("ann", Biome.SNOW, MICRO) for _ in range(60 + REFUSALS_REMEMBERED + 10)]
    placed_at, again = market.now, flood[60]
    for _ in range(30):  # 15 s: within the deadline at first, and after it
        commit = market.close()
        (ours,) = closes(audit, market)
        assert audit.verdict(ours, published(commit)) == []
        outcomes.add(audit.events, deadline_ms=audit.settings.deadline_ms)
        for order in flood[60:]:
            market.buy("ann", Biome.SNOW, MICRO, order_id=order, placed_at=placed_at)
        told = [event.code for event in audit.events if isinstance(event, Rejected) and event.order.order_id == again]
        assert told == ([Rejection.TOO_MANY_ORDERS] if market.now - placed_at <= 10_000 else [Rejection.EXPIRED])
    assert (outcomes.count, outcomes.late) == (len(flood), {})


def test_an_outcome_from_a_clock_that_is_ahead_counts_once_as_well() -> None:
    """The market's deadline holds in both directions."""
    now, outcomes = 1_700_000_000_000, AllOutcomes()
    for tick in range(1, 100):
        at = now + tick * 500
        outcomes.add([rejected("a", placed_at=now + 200_000, at=at, tick=tick)], deadline_ms=10_000)
    assert (outcomes.count, list(outcomes.late)) == (0, ["a"])


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
