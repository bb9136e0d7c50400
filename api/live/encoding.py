"""The stream's events as bytes, by sse-starlette's encoding. A public event is encoded once for everyone."""

import random
from collections.abc import Mapping, Sequence

from pydantic import BaseModel
from sse_starlette import ServerSentEvent

from api.live.event_ids import EventId
from api.live.models import (
    AccountEvent,
    ClosingReason,
    LiveHolding,
    SnapshotEvent,
    StatusEvent,
    StreamStatus,
    TickEvent,
)
from api.markets.day_ago import DayAgoPrices
from api.markets.documents import markets_document
from api.orders.documents import order_of_event
from api.orders.models import Order
from schemas.biomes import BIOMES
from schemas.messages.fields import Sha256
from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import AccountAfter, Filled, Rejected, TradeEvent
from schemas.units import format_amount

RETRY_MS = 1_000
"""How soon a browser reconnects: about what a restart takes."""
SOONEST_RETRY_MS, LATEST_RETRY_MS = 500, 3_000
"""How soon the clients of streams that all end at once come back: spread out, each at a time of its own."""
HEARTBEAT = ServerSentEvent(comment="heartbeat").encode()
RETRY = ServerSentEvent(retry=RETRY_MS).encode()
BEFORE_ALL = EventId(0, 0)


STALE = ServerSentEvent(
    StatusEvent(status=StreamStatus.STALE, detail="The market has not ticked for a while.").model_dump_json(),
    event="status",
).encode()
TICKING = ServerSentEvent(
    StatusEvent(status=StreamStatus.TICKING, detail="The market ticks again.").model_dump_json(), event="status"
).encode()
_GOODBYES = {
    ClosingReason.STOPPING: "This server stops. Come back in a moment: what you miss is told then.",
    ClosingReason.RIGHTS: "This session or key has ended, or may have changed. Come back with what you have now.",
}


def goodbye(reason: ClosingReason) -> bytes:
    """`event: status`, the last one of a stream that we end. It has no id: a stream resumes after the last event that has one."""
    document = StatusEvent(status=StreamStatus.CLOSING, reason=reason, detail=_GOODBYES[reason])
    retry = random.randint(SOONEST_RETRY_MS, LATEST_RETRY_MS)  # noqa: S311 - to spread clients out, not to keep a secret
    return ServerSentEvent(document.model_dump_json(), event="status", retry=retry).encode()


def _event(name: str, document: BaseModel, *, at: EventId) -> bytes:
    return ServerSentEvent(document.model_dump_json(), event=name, id=str(at)).encode()


def tick_event(tick: Tick, tick_hash: Sha256, day_ago: DayAgoPrices) -> bytes:
    """`event: tick`."""
    markets = markets_document(tick, day_ago)
    return _event("tick", TickEvent(**_fields(markets), hash=tick_hash), at=EventId(tick.tick))


def snapshot_event(
    tick: Tick,
    tick_hash: Sha256,
    day_ago: DayAgoPrices,
    *,
    account: AccountEvent | None,
    orders: list[Order],
    seen: int,
    resumed: bool | None,
    missed_from: int | None,
) -> bytes:
    """`event: snapshot`. ``seen``: the tick after which a stream that has this goes on; not a later one than anything in it."""
    markets = markets_document(tick, day_ago)
    document = SnapshotEvent(
        **_fields(markets), hash=tick_hash, account=account, orders=orders, resumed=resumed, missed_from=missed_from
    )
    return _event("snapshot", document, at=EventId(seen))


def order_event(order: Order, *, at: EventId) -> bytes:
    """`event: order`."""
    return _event("order", order, at=at)


def private_events(
    events: Sequence[TradeEvent], origins: Mapping[str, str], *, after: EventId = BEFORE_ALL
) -> list[bytes]:
    """What one player is told of one tick: an `order` for each outcome, and the `account` after it; what is after an event."""
    told = [(EventId(event.tick, event.index), event) for event in events if isinstance(event, Filled | Rejected)]
    encoded = [
        order_event(order_of_event(event, request_id=origins.get(event.order.order_id)), at=at)
        for at, event in told
        if at > after
    ]
    account = next((event.account for event in reversed(events) if event.account is not None), None)
    at = EventId(events[-1].tick, events[-1].index + 1) if events else after
    if account is not None and at > after:
        encoded.append(_event("account", account_document(account, tick=at.tick), at=at))
    return encoded


def account_document(after: AccountAfter, *, tick: int) -> AccountEvent:
    """The account after a tick."""
    return AccountEvent(
        tick=tick,
        cash_bdt=format_amount(int(after.cash)),
        holdings=[
            LiveHolding(biome=biome, shares=format_amount(int(shares)))
            for biome, shares in zip(BIOMES, after.holdings, strict=True)
            if shares != "0"
        ],
        frozen=after.frozen,
    )


def _fields(document: BaseModel) -> dict[str, object]:
    """The fields as they are, without copying what is in them."""
    return {name: getattr(document, name) for name in type(document).model_fields}
