"""trade.events: one outcome for each order, and what happened to accounts, each with the account after the tick. Key: the player."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from schemas.biomes import Biome
from schemas.messages.fields import ClientOrderId, Count, Message, Micro, OrderId, Part, PlayerId, Time
from schemas.messages.market_inputs import OrderKind
from schemas.rejections import Rejection


class AccountAfter(Part, frozen=True, kw_only=True):
    """A player's whole account after the tick."""

    cash: Micro
    holdings: Annotated[list[Micro], Meta(min_length=7, max_length=7)]
    frozen: bool


class OrderTerms(Part, frozen=True, kw_only=True):
    """What was ordered."""

    order_id: OrderId
    client_order_id: ClientOrderId | None
    biome: Biome
    kind: OrderKind
    quantity: Micro
    limit: Micro | None
    max_pay: Micro | None
    placed_at: Time


class EventFields(Message, frozen=True, kw_only=True):
    """What every event says: the tick, its number within the tick, the player, and the offset of its cause in market.inputs."""

    tick: Annotated[int, Meta(ge=1)]
    index: Count
    at: Time
    """The tick's ``closed_at``."""
    player: PlayerId
    cause: Count


class Filled(EventFields, tag="filled", frozen=True, kw_only=True):
    order: OrderTerms
    price: Micro
    """Micro-BDT a whole share, rounded down."""
    shares: Micro
    cash: Micro
    """Micro-BDT that moved between player and market, without the fee."""
    fee: Micro
    account: AccountAfter


class Rejected(EventFields, tag="rejected", frozen=True, kw_only=True):
    order: OrderTerms
    code: Rejection
    detail: str
    account: AccountAfter | None
    """None when the player has no account."""


class Opened(EventFields, tag="opened", frozen=True, kw_only=True):
    grant: Micro
    account: AccountAfter


class Granted(EventFields, tag="granted", frozen=True, kw_only=True):
    command_id: OrderId
    amount: Micro
    reason: str
    account: AccountAfter


class Frozen(EventFields, tag="frozen", frozen=True, kw_only=True):
    """The account was frozen or thawed: ``account.frozen`` tells."""

    command_id: OrderId
    reason: str
    account: AccountAfter


TradeEvent: TypeAlias = Filled | Rejected | Opened | Granted | Frozen
