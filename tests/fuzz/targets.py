"""What is fuzzed, and what must hold of it. Each target takes any bytes, and fails by raising."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import msgspec

from api.auth.tokens import SignedIn, Tokens
from schemas.decoding import (
    PackedPings,
    Undecodable,
    dead_letter,
    decode_dead_letter,
    decode_market_input,
    decode_pings,
    decode_price,
    decode_tick,
    decode_trade_event,
    encode,
)
from schemas.messages.attention_pings import Mark, Pings
from schemas.messages.market_inputs import Genesis, MarketSettings, ReportAttention
from schemas.topics import TOPICS
from schemas.units import AmountError, format_amount, parse_amount
from streams.attention.core import AttentionFold
from streams.attention.core.state import state_from_row
from streams.durable.fold import CannotFoldError, Commit, Record
from streams.durable.rows import Rows
from streams.market.core import MarketFold
from streams.market.core import state as market_state
from tests.does_it_keep_the_laws.auditor import Auditor
from tests.does_it_keep_the_laws.market_log import read
from tests.fuzz.choices import Choices
from tests.fuzz.messages import EXAMPLES, PINGS, market_input, message

LARGEST: Final = {topic.name: topic.largest_message for topic in TOPICS}
START: Final = 1_700_000_000_000
STEPS_MS: Final = (0, 0, 1, 249, 250, 500, 500, 9_999, 10_001, 10**6, -1, -10_000)
SHARDS: Final = 2
CAP: Final = 10
GENESIS: Final = encode(Genesis(v=1, settings=MarketSettings(attention_shards=1)))

_tokens = Tokens("a secret that is at least as long as the hash", hours=1)


def untrusted(value: bytes) -> None:
    """Inputs: a value that encodes to an equal one, or a reason that fits a dead letter."""
    for decode in (decode_market_input, decode_pings):
        decoded: Any = decode(value)
        if isinstance(decoded, Undecodable):
            letter = dead_letter(decoded, topic="t", partition=0, offset=1, at=2, key=value, value=value)
            assert decode_dead_letter(encode(letter)) == letter
            continue
        if isinstance(decoded, PackedPings):
            assert (decoded.bad == 0) == (decoded.first_fault is None)
            again: Any = decode(encode(Pings(v=1, pings=decoded.pings)))
            assert again == PackedPings(decoded.pings, 0, None)
        else:
            assert decode(encode(decoded)) == decoded


def trusted(value: bytes) -> None:
    """What only we write, and anyone may hand to us: a value that encodes to an equal one, or the one documented fault."""
    decoders: tuple[Callable[[bytes], Any], ...] = (decode_tick, decode_trade_event, decode_price, decode_dead_letter)
    for decode in decoders:
        try:
            decoded = decode(value)
        except msgspec.MsgspecError:
            continue
        assert decode(encode(decoded)) == decoded


def rows(value: bytes) -> None:
    """State rows that are damaged."""
    for decode in (market_state.state_from_row, lambda row: state_from_row(row, shards=SHARDS, window_ms=500)):
        try:
            decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, CannotFoldError):
            continue  # each ends the worker: no commit of ours writes such a row


def texts(value: bytes) -> None:
    """Tokens and amounts, as HTTP gives them."""
    for text in (value.decode("latin-1"), value.decode(errors="replace")):
        assert isinstance(_tokens.read(text), SignedIn | None)
        try:
            amount = parse_amount(text)
        except AmountError:
            continue
        assert parse_amount(format_amount(amount)) == amount


def decoders(data: bytes) -> None:
    """Every decoder, with the bytes as they are and with an example that they spoil."""
    spoilt = message(Choices(data), tuple(EXAMPLES))
    for value in (data, spoilt):
        untrusted(value)
        trusted(value)
        rows(value)
        texts(value)


def market(data: bytes) -> None:
    """The market: no bytes end it, every tick keeps every law, and what it says depends on its log alone."""
    choices, now, commits = Choices(data), START, []
    records = [Record(0, START, None, GENESIS)]
    fold, auditor = MarketFold(Rows()), Auditor()
    fold.fold(records[0])
    while choices:
        now += choices.of(STEPS_MS)
        value = market_input(choices, now=now, next_tick=fold.next_tick)
        records.append(Record(len(records), now, choices.of((None, b"ada", b"\xff")), value))
        commit = fold.fold(records[-1])
        if commit is not None:
            _fits(commit)
            auditor.audit(read(commit))
            commits.append(_digest(commit))
    again = MarketFold(Rows())
    refolded = [again.fold(record) for record in records]
    assert [_digest(commit) for commit in refolded if commit is not None] == commits


def attention(data: bytes) -> None:
    """Attention: no bytes end it, every point is counted once, and it goes on from its rows as if nothing had happened."""
    choices, now = Choices(data), START
    fold, records = _shard(Rows()), list[Record]()
    points = malformed = 0
    while choices:
        now += choices.of(STEPS_MS)
        value = None if choices.below(16) == 1 else message(choices, PINGS)
        records.append(Record(len(records), now, choices.of((None, b"\xff")), value))
        understood = decode_pings(value)
        if isinstance(understood, PackedPings):
            points, malformed = points + sum(p for *_, p in understood.pings), malformed + understood.bad
        elif isinstance(understood, Undecodable):
            malformed += 1
        elif not isinstance(understood, Mark):
            points += understood.points
        commit = fold.fold(records[-1])
        if commit is not None:
            _fits(commit)
            resumed = _shard(Rows(dict(fold.rows.items())))
            assert [resumed.fold(record) for record in records[commit.next_offset :]] == [None]
            assert resumed.report() == fold.report()
        _says(fold, points=points, malformed=malformed, offset=len(records))


def _shard(held: Rows) -> AttentionFold:
    return AttentionFold(held, shard=0, shards=SHARDS, cap=CAP, window_ms=500)


def _says(fold: AttentionFold, *, points: int, malformed: int, offset: int) -> None:
    """The report is one that the market understands, and every point is in it (law 10)."""
    (output,) = fold.report() or (None,)
    if output is None:
        return  # told already, by the comparison with the fold that went on from the row
    report = decode_market_input(output.value)
    assert isinstance(report, ReportAttention), report
    assert report.offset == offset
    discarded = dict(report.discarded)
    assert discarded.pop("malformed") == malformed  # type: ignore[call-overload]
    assert sum(report.taken) + sum(discarded.values()) == points


def _fits(commit: Commit) -> None:
    for output in commit.outputs:
        assert len(output.value) < LARGEST[output.topic], output.topic


def _digest(commit: Commit) -> str:
    return hashlib.sha256(repr(commit).encode()).hexdigest()


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {"decoders": decoders, "market": market, "attention": attention}
