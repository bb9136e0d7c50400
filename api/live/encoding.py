"""The stream's events as bytes, by sse-starlette's encoding. A public event is encoded once for everyone."""

from pydantic import BaseModel
from sse_starlette import ServerSentEvent

from api.live.models import AccountEvent, LiveHolding, SnapshotEvent, TickEvent
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
HEARTBEAT = ServerSentEvent(comment="heartbeat").encode()
RETRY = ServerSentEvent(retry=RETRY_MS).encode()


def _event(name: str, document: BaseModel, *, tick: int) -> bytes:
    return ServerSentEvent(document.model_dump_json(), event=name, id=str(tick)).encode()


def tick_event(tick: Tick, tick_hash: Sha256, day_ago: DayAgoPrices) -> bytes:
    """`event: tick`."""
    markets = markets_document(tick, day_ago)
    return _event("tick", TickEvent(**_fields(markets), hash=tick_hash), tick=tick.tick)


def snapshot_event(
    tick: Tick, tick_hash: Sha256, day_ago: DayAgoPrices, *, account: AccountEvent | None, orders: list[Order]
) -> bytes:
    """`event: snapshot`."""
    markets = markets_document(tick, day_ago)
    document = SnapshotEvent(**_fields(markets), hash=tick_hash, account=account, orders=orders)
    return _event("snapshot", document, tick=tick.tick)


def order_event(order: Order, *, tick: int) -> bytes:
    """`event: order`."""
    return _event("order", order, tick=tick)


def private_events(events: list[TradeEvent]) -> list[bytes]:
    """What one player is told of one tick: an `order` for each outcome, and the `account` after it."""
    told = [
        order_event(order_of_event(event), tick=event.tick) for event in events if isinstance(event, Filled | Rejected)
    ]
    after = next((event.account for event in reversed(events) if event.account is not None), None)
    if after is not None:
        tick = events[-1].tick
        told.append(_event("account", account_document(after, tick=tick), tick=tick))
    return told


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
