"""A dry run of an order."""

from uuid import uuid4

from fastapi import APIRouter

from api.auth.account import PlayerWithAccount
from api.database import one_snapshot
from api.orders.documents import Identity
from api.orders.models import OrderRejection, Side
from api.orders.sending import message_of
from api.problems import (
    ACCOUNT_PENDING,
    DATABASE_UNAVAILABLE,
    NOT_SIGNED_IN,
    RULES_UNKNOWN,
    SCOPE_MISSING,
    TICK_NOT_REACHED,
    WRONG_BODY,
    ProblemError,
    refusals,
)
from api.quote import models
from api.quote.reading import read_situation
from api.services import ServicesDependency
from api.told import ToldTick
from schemas.messages.market_inputs import PlaceOrder
from schemas.rejections import SENTENCES
from schemas.units import MicroBdt, format_amount
from streams.durable.fold import CannotFoldError
from streams.market.core.quoting import Quote, quote, total

router = APIRouter(prefix="/biome-market", tags=["orders"])


@router.post(
    "/quote",
    responses=refusals(
        NOT_SIGNED_IN,
        SCOPE_MISSING,
        ACCOUNT_PENDING,
        *WRONG_BODY,
        RULES_UNKNOWN,
        TICK_NOT_REACHED,
        DATABASE_UNAVAILABLE,
    ),
)
async def quote_order(
    body: models.QuoteOf, who: PlayerWithAccount, services: ServicesDependency, _told: ToldTick
) -> models.Quote:
    """What an order would cost or bring now, what you would own after it, and whether it would be rejected.

    Decided by the functions that decide orders. Nothing is ordered and nothing is promised: the price that counts is that
    of the next tick.
    """
    async with one_snapshot(services.pool) as connection:
        situation = await read_situation(connection, who.player, body.biome)
    if situation is None:
        raise ProblemError(ACCOUNT_PENDING, "The account is still being opened. Try again in a moment.")
    # Decided at once, whatever the time.
    identity = Identity(str(uuid4()), client_order_id=None, placed_at=0)
    order = message_of(player=who.player, identity=identity, terms=body.terms())
    try:
        quoted = quote(order, situation.tick, situation.known)
    except CannotFoldError:
        raise ProblemError(
            RULES_UNKNOWN, "The market's rules are newer than this server. Orders work; quotes come with its update."
        ) from None
    return _document(order, quoted, tick=situation.tick.tick, side=body.side)


def _document(order: PlaceOrder, quoted: Quote, *, tick: int, side: Side) -> models.Quote:
    fill, after, rejection = quoted.fill, quoted.after, quoted.rejection
    return models.Quote(
        tick=tick,
        biome=order.biome,
        side=side,
        price_bdt=format_amount(quoted.price),
        shares=fill and format_amount(fill.shares),
        cash_bdt=fill and format_amount(fill.cash),
        fee_bdt=fill and format_amount(fill.fee),
        total_bdt=fill and format_amount(total(order, fill)),
        cash_after_bdt=after and format_amount(after.cash),
        shares_after=after and format_amount(after.shares),
        worst_case=models.WorstCase(
            shares=_amount_or_none(quoted.worst.shares), total_bdt=_amount_or_none(quoted.worst.total)
        ),
        rejection=rejection and OrderRejection(code=rejection, detail=SENTENCES[rejection]),
    )


def _amount_or_none(amount: MicroBdt | None) -> str | None:
    return None if amount is None else format_amount(amount)
