"""How many streams may be open: of one player, from one network, and of all on one process."""

from api.live.hub import Hub
from api.problems import BUSY, TOO_MANY_STREAMS, ProblemError
from schemas.environment import Environment

MOST_STREAMS = 10_000
"""Of one process, where the 99th percentile of a tick's delay is still under 250 ms. More are more processes."""


def admit(hub: Hub, environment: Environment, *, player: str | None, network: str | None) -> None:
    """Let another stream in. ``network`` None: one for which no limit by address holds.

    Raises:
        ProblemError: too many are open.
    """
    if hub.streams >= MOST_STREAMS:
        raise ProblemError(BUSY, "This server has no room for another stream. Try again in a moment.")
    if player is not None and hub.streams_of(player) >= environment.streams_per_player:
        raise ProblemError(TOO_MANY_STREAMS, f"At most {environment.streams_per_player} streams a player. Close one.")
    if network is not None and hub.streams_from(network) >= environment.streams_per_address:
        raise ProblemError(
            TOO_MANY_STREAMS, f"At most {environment.streams_per_address} streams an address. Close one."
        )
