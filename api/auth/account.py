"""Whether a player's account is open yet: only then can it be shown, or trade."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends

from api.auth.identity import Trader
from api.auth.rights import Caller
from api.problems import ACCOUNT_PENDING, NOT_SIGNED_IN, ProblemError
from api.services import Services, ServicesDependency

MOST_REMEMBERED: Final = 100_000
"""Players known to be open: for good, since an account is never closed. About 10 MB."""


async def account_is_open(services: Services, player: str) -> bool:
    """Whether the market has opened the player's account.

    Raises:
        ProblemError: the user is not known any more.
    """
    if player in services.open_accounts or services.hub.opened_at(player) is not None:
        return True
    async with services.pool.connection() as connection:
        cursor = await connection.execute("SELECT opened_at_tick FROM users WHERE id = %s", (UUID(player),))
        row = await cursor.fetchone()
    if row is None:
        raise ProblemError(NOT_SIGNED_IN, "This user does not exist any more. Register again.")
    if row[0] is None:
        return False
    if len(services.open_accounts) >= MOST_REMEMBERED:
        services.open_accounts.clear()
    services.open_accounts.add(player)
    return True


async def open_account_required(who: Trader, services: ServicesDependency) -> Caller:
    """The player who acts, with an open account."""
    if not await account_is_open(services, who.player):
        raise ProblemError(ACCOUNT_PENDING, "The account is still being opened. Try again in a moment.")
    return who


PlayerWithAccount = Annotated[Caller, Depends(open_account_required)]
