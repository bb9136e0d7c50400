"""The market's log folded again, tick by tick, and everything that was published of a tick held against it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from ops.audit.books import Books, books_of
from ops.audit.published import Stated
from schemas.decoding import decode_tick, decode_trade_event
from schemas.messages.market_inputs import MarketSettings
from schemas.messages.market_ticks import HASH_HEADER, Tick
from schemas.messages.trade_events import TradeEvent
from schemas.topics import DEAD_LETTERS, MARKET_PRICES, MARKET_TICKS, TRADE_EVENTS
from streams.durable.fold import Commit, Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold
from streams.receipts.chain import Chain

Message = tuple[bytes | None, bytes | None]
"""Key and value."""


class Published(NamedTuple):
    """All that the topics have of one tick."""

    tick: Stated
    prices: Sequence[Message]
    events: Sequence[Message]
    dead_letters: Sequence[Message]


NAMES: Final = {
    MARKET_PRICES.name: "rows of market.prices",
    TRADE_EVENTS.name: "events",
    DEAD_LETTERS.name: "dead letters",
}


class MarketAudit:
    """A copy of the market's fold, the chain of ticks, and the books; they share nothing but what was published."""

    def __init__(
        self, *, rows: Rows | None = None, next_offset: int = 0, chain: Chain | None = None, books: Books | None = None
    ) -> None:
        self.rows = rows or Rows()
        self.next_offset = next_offset
        """The rows stand for every input before it."""
        self.chain = chain or Chain()
        self.books = books or Books()
        self.changed: dict[bytes, bytes] = {}
        """The rows that the last commit changed."""
        self.events: tuple[TradeEvent, ...] = ()
        """Of the last tick, as they were published."""
        self._fold = MarketFold(self.rows)

    @property
    def tick(self) -> int:
        """The last tick that was audited; 0 before the first."""
        return 0 if self.chain.last is None else self.chain.last.tick.tick

    @property
    def settings(self) -> MarketSettings:
        """In force at the last tick."""
        assert self.chain.last is not None
        return self.chain.last.tick.settings

    def input(self, record: Record) -> Commit | None:
        """Take in the next input. A commit when it closes the next tick.

        Raises:
            AssertionError: the tick would break a law.
            CannotFoldError: the log asks for rules that this code does not know.
        """
        commit = self._fold.fold(record)
        if commit is not None:
            self.changed = self.rows.take_changes()
            self.next_offset = commit.next_offset
        return commit

    def verdict(self, commit: Commit, published: Published) -> list[str]:
        """What is wrong with the tick that the commit closed, as sentences that name it."""
        number = self.tick + 1
        diverged = diverges(commit, published.tick)
        faults = self.chain.take(published.tick.body, published.tick.hash)
        self.events, undecodable = _decoded(published.events)
        what = [
            *_tick_differences(commit, published.tick),
            *_differences(MARKET_PRICES.name, commit, published.prices),
            *_differences(TRADE_EVENTS.name, commit, published.events),
            *_differences(DEAD_LETTERS.name, commit, published.dead_letters),
            *undecodable,
        ]
        if self.chain.last is not None and self.chain.last.tick.tick == number:
            of_books = self.books.audit(self.chain.last.tick, self.events)
            if of_books and not diverged:
                self.books = Books(books_of(dict(self.rows.items()), self.chain.last.tick))  # tell each fault once
            what += dict.fromkeys(of_books)
        return faults + [f"tick {number}: {fault}" for fault in what]


def diverges(commit: Commit, published: Stated) -> bool:
    """Whether the published tick is another one than that of the refold: then the market's state is another one too."""
    return _of(MARKET_TICKS.name, commit)[0][1] != published.body


def _of(topic: str, commit: Commit) -> list[Message]:
    return [(output.key, output.value) for output in commit.outputs if output.topic == topic]


def _tick_differences(commit: Commit, published: Stated) -> Iterator[str]:
    output = next(output for output in commit.outputs if output.topic == MARKET_TICKS.name)
    if output.value != published.body:
        yield f"the published bytes are not those of the refold{_fields_that_differ(output.value, published.body)}"
    elif dict(output.headers)[HASH_HEADER].decode() != published.hash:
        yield "the published hash is not that of the refold"


def _fields_that_differ(refolded: bytes, published: bytes) -> str:
    try:
        ours, theirs = msgspec.to_builtins(decode_tick(refolded)), msgspec.to_builtins(decode_tick(published))
    except msgspec.MsgspecError:
        return ": they are not a tick"
    fields = [field for field in Tick.__struct_fields__ if ours[field] != theirs[field]]
    return f": {', '.join(fields)}" if fields else ", though they say the same"


def _differences(topic: str, commit: Commit, published: Sequence[Message]) -> Iterator[str]:
    """Two lists of messages that have to be equal, byte for byte and in order."""
    expected, found, name = _of(topic, commit), list(published), NAMES[topic]
    if expected == found:
        return
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    if missing:
        first = next(number for number, message in enumerate(expected) if message in missing)
        yield f"{missing.total()} of the {len(expected)} {name} of the refold were not published, the first is number {first}"
    twice = sum(message in expected for message in extra.elements())
    if twice:
        yield f"{twice} of the published {name} are there twice"
    if extra.total() > twice:
        yield f"{extra.total() - twice} of the published {name} are not those of the refold"
    if not missing and not extra:
        yield f"the published {name} are in another order"


def _decoded(events: Sequence[Message]) -> tuple[tuple[TradeEvent, ...], list[str]]:
    decoded, faults = list[TradeEvent](), list[str]()
    for _, value in events:
        try:
            decoded.append(decode_trade_event(value or b""))
        except msgspec.MsgspecError as fault:
            faults.append(f"an event cannot be read: {fault}")
    return tuple(decoded), faults
