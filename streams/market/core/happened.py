"""What a tick did to a player, before it is told: an event shows the account as it is after the whole tick."""

from typing import NamedTuple, TypeAlias

from schemas.messages.fields import OrderId, PlayerId
from schemas.messages.market_inputs import PlaceOrder
from schemas.rejections import Rejection
from schemas.units import MicroBdt
from streams.market.core.filling import Fill


class Decision(NamedTuple):
    """An order and its one outcome (law 11)."""

    order: PlaceOrder
    outcome: Fill | Rejection


class Opening(NamedTuple):
    grant: MicroBdt


class Grant(NamedTuple):
    command_id: OrderId
    amount: MicroBdt
    reason: str


class Freeze(NamedTuple):
    command_id: OrderId
    reason: str


What: TypeAlias = Decision | Opening | Grant | Freeze


class Happened(NamedTuple):
    cause: int
    """Offset in market.inputs."""
    player: PlayerId
    what: What
