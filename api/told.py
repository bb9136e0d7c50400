"""Read your own writes: nobody is shown a state that is older than what they were told before.

A player is told of ticks by answers to orders and by the stream, both from Kafka, while portfolios come from PostgreSQL, which
is some milliseconds behind. So a read waits for the newest of three ticks: the one that it names, the one in the cookie that
an order's answer set (through any replica), and the last one in which this replica saw something happen to the player.
"""

from typing import Annotated, Final

from fastapi import Depends, Query, Request

from api.auth.identity import Player
from api.problems import TICK_NOT_REACHED, ProblemError
from api.services import Services, ServicesDependency
from api.tick_cookie import COOKIE

MOST_AHEAD: Final = 20
"""Ticks by which a cookie may be ahead of this replica: the others are not further than that."""
MOST_DIGITS: Final = 18
WAIT_SECONDS: Final = 5.0
"""Longest wait for a tick: ten of them at the usual pace."""


async def _told_tick(
    request: Request,
    who: Player,
    services: ServicesDependency,
    at_least_tick: Annotated[
        int,
        Query(
            ge=0,
            le=2**62,
            description="Wait until this tick is in it: read your own writes. The cookie of an order's answer says the same.",
        ),
    ] = 0,
) -> int:
    tick = max(at_least_tick, services.hub.told(who.player), _of_cookie(request, newest=_newest(services)))
    await reach_in_history(services, tick)
    return tick


async def reach_in_history(services: Services, tick: int) -> None:
    """Wait until history has this tick.

    Raises:
        ProblemError: it has not within the limit.
    """
    if not await services.projected.reach(tick, seconds=WAIT_SECONDS):
        raise ProblemError(
            TICK_NOT_REACHED, f"History is at tick {services.projected.tick}, before {tick}. Try again in a moment."
        )


def _newest(services: ServicesDependency) -> int:
    return services.projected.tick if services.hub.newest is None else services.hub.newest.tick.tick


def _of_cookie(request: Request, *, newest: int) -> int:
    text = request.cookies.get(COOKIE, "")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        return 0
    tick = int(text)
    return tick if tick <= newest + MOST_AHEAD else 0


ToldTick = Annotated[int, Depends(_told_tick)]
"""Has history reach what the player was told; the tick that was waited for."""
