"""Attention pings from players' own clients."""

from fastapi import APIRouter, status

from api.attention.models import Accepted, Ping, Pings
from api.auth.identity import Trader
from api.log_writer import LogUnavailableError
from api.problems import (
    DATABASE_UNAVAILABLE,
    LOG_UNAVAILABLE,
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    WRONG_BODY,
    ProblemError,
    refusals,
)
from api.services import ServicesDependency
from schemas.messages import attention_pings
from schemas.messages.fields import Message
from schemas.topics import ATTENTION_PINGS

router = APIRouter(prefix="/biome-market", tags=["attention"])


@router.post(
    "/track-attention",
    status_code=status.HTTP_202_ACCEPTED,
    responses=refusals(NOT_SIGNED_IN, SCOPE_MISSING, *WRONG_BODY, LOG_UNAVAILABLE, DATABASE_UNAVAILABLE),
)
async def track_attention(body: Ping | Pings, who: Trader, services: ServicesDependency) -> Accepted:
    """Give one biome attention, or several at once."""
    pings = [body] if isinstance(body, Ping) else body.pings
    try:
        # Keyed by the player, packed or not: all their pings belong in the partition that murmur2 gives their id.
        await services.writer.write(ATTENTION_PINGS, player=who.player, message=_message(who.player, pings))
    except LogUnavailableError:
        raise ProblemError(
            LOG_UNAVAILABLE, "Kafka did not acknowledge the pings in time. They may count or not."
        ) from None
    return Accepted(accepted=len(pings))


def _message(player: str, pings: list[Ping]) -> Message:
    if len(pings) == 1:
        return attention_pings.Ping(v=1, player=player, biome=pings[0].biome, points=pings[0].points)
    return attention_pings.Pings(v=1, pings=[(player, ping.biome, ping.points) for ping in pings])
