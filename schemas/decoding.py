"""Strict decoding of what others wrote. A message that cannot be understood is a value, not an exception: it goes to
dead.letters with a reason, and the next message works.
"""

import base64
import hashlib
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from schemas.messages.attention_pings import Mark, PackedPing, Ping, Pings
from schemas.messages.audit_verdicts import AuditVerdict
from schemas.messages.dead_letters import KEPT_BYTES, DeadLetter, DeadReason
from schemas.messages.fields import Message
from schemas.messages.market_inputs import MarketInput
from schemas.messages.market_prices import Price
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import TradeEvent

LARGEST_MARKET_INPUT = 16 * 1024
"""Bytes: several times the largest message of this topic."""
LONGEST_DETAIL = 500
"""Characters of the sentence in a dead letter: a fault may quote the message, and that may be long."""
LARGEST_PINGS = 256 * 1024
"""Bytes: about 8,000 packed pings. A larger pack gains nothing and would hold up its partition."""


class Undecodable(NamedTuple):
    """Why a message was not understood."""

    reason: DeadReason
    detail: str


class PackedPings(NamedTuple):
    """The good entries of a pack, and how many were bad."""

    pings: list[PackedPing]
    bad: int
    first_fault: str | None


class _Head(msgspec.Struct):
    v: Any = None
    type: Any = None


class _RawPack(Message, tag="pings", frozen=True):
    pings: Annotated[list[msgspec.Raw], Meta()]


_FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_encoder = msgspec.json.Encoder()
_head = msgspec.json.Decoder(_Head)
_market_input: "msgspec.json.Decoder[MarketInput]" = msgspec.json.Decoder(MarketInput)
_pings: "msgspec.json.Decoder[Ping | Pings | Mark]" = msgspec.json.Decoder(Ping | Pings | Mark)
_raw_pack = msgspec.json.Decoder(_RawPack)
_entry = msgspec.json.Decoder(PackedPing)
_tick = msgspec.json.Decoder(Tick)
_trade_event: "msgspec.json.Decoder[TradeEvent]" = msgspec.json.Decoder(TradeEvent)
_price = msgspec.json.Decoder(Price)
_dead_letter = msgspec.json.Decoder(DeadLetter)
_audit_verdict: "msgspec.json.Decoder[AuditVerdict]" = msgspec.json.Decoder(AuditVerdict)

_Decoded = TypeVar("_Decoded")


def encode(message: Message) -> bytes:
    """The bytes of a message on the wire: compact JSON, fields in the order of their declaration."""
    return _encoder.encode(message)


def decode_market_input(value: bytes | None) -> MarketInput | Undecodable:
    """One message of market.inputs."""
    return _decode(_market_input, value, largest=LARGEST_MARKET_INPUT)


def decode_pings(value: bytes | None) -> Ping | PackedPings | Mark | Undecodable:
    """One message of attention.pings. A bad entry of a pack is discarded alone."""
    decoded = _decode(_pings, value, largest=LARGEST_PINGS)
    if isinstance(decoded, Pings):
        return PackedPings(decoded.pings, 0, None)
    if isinstance(decoded, Undecodable) and value and decoded.reason is DeadReason.INVALID:
        return _decode_entries(value) or decoded
    return decoded


def decode_tick(value: bytes) -> Tick:
    """One message of market.ticks, which only the market writes. Raises msgspec.MsgspecError."""
    return _trusted(_tick, value)


def decode_trade_event(value: bytes) -> TradeEvent:
    """One message of trade.events, which only the market writes. Raises msgspec.MsgspecError."""
    return _trusted(_trade_event, value)


def decode_price(value: bytes) -> Price:
    """One message of market.prices, which only the market writes. Raises msgspec.MsgspecError."""
    return _trusted(_price, value)


def decode_dead_letter(value: bytes) -> DeadLetter:
    """One message of dead.letters. Raises msgspec.MsgspecError."""
    return _trusted(_dead_letter, value)


def decode_audit_verdict(value: bytes) -> AuditVerdict:
    """One message of audit.verdicts, which only the auditor writes. Raises msgspec.MsgspecError."""
    verdict: AuditVerdict = _audit_verdict.decode(value)
    return verdict


def dead_letter(
    fault: Undecodable, *, topic: str, partition: int, offset: int, at: int, key: bytes | None, value: bytes | None
) -> DeadLetter:
    """The dead letter of a message that was not understood: its bytes (at most 64 KiB of them), origin and reason."""
    whole = value or b""
    return DeadLetter(
        v=1,
        topic=topic,
        partition=partition,
        offset=offset,
        at=at,
        reason=fault.reason,
        detail=fault.detail[:LONGEST_DETAIL],
        size=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        key_base64=None if key is None else base64.b64encode(key[:KEPT_BYTES]).decode(),
        value_base64=None if value is None else base64.b64encode(whole[:KEPT_BYTES]).decode(),
    )


def _decode(
    decoder: "msgspec.json.Decoder[_Decoded]", value: bytes | None, *, largest: int
) -> "_Decoded | Undecodable":
    if not value:
        return Undecodable(DeadReason.EMPTY, "The message has no value.")
    if len(value) > largest:
        return Undecodable(DeadReason.OVERSIZED, f"The message has {len(value)} bytes; at most {largest} are taken.")
    try:
        return decoder.decode(value)
    except _FAULTS as fault:
        return _diagnose(value, fault)


def _trusted(decoder: "msgspec.json.Decoder[_Decoded]", value: bytes) -> _Decoded:
    try:
        return decoder.decode(value)
    except (UnicodeDecodeError, RecursionError) as fault:  # msgspec lets these two through as they are
        raise msgspec.DecodeError(str(fault)) from None


def _diagnose(value: bytes, fault: Exception) -> Undecodable:
    try:
        head = _head.decode(value)
    except _FAULTS as unreadable:
        return Undecodable(DeadReason.NOT_JSON, f"Not a JSON object: {unreadable}")
    if head.v != 1 or isinstance(head.v, (bool, float)):
        return Undecodable(DeadReason.WRONG_VERSION, 'The message has no "v", or one that is not 1.')
    if ("Invalid value" in str(fault) and str(fault).endswith("`$.type`")) or head.type is None:
        return Undecodable(DeadReason.UNKNOWN_TYPE, 'The message has no "type", or one that this topic does not take.')
    return Undecodable(DeadReason.INVALID, str(fault))


def _decode_entries(value: bytes) -> PackedPings | None:
    """The good entries of a pack that failed as a whole; None when the fault is not in its entries."""
    try:
        pack = _raw_pack.decode(value)
    except _FAULTS:
        return None
    good: list[PackedPing] = []
    first_fault: str | None = None
    for raw in pack.pings:
        try:
            good.append(_entry.decode(raw))
        except _FAULTS as fault:
            first_fault = first_fault or f"{len(good)} good entries before it: {fault}"
    return PackedPings(good, len(pack.pings) - len(good), first_fault)
