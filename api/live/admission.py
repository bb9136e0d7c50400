"""How many streams may be open: of one player, of strangers from one network, and of all on one process."""

from api.live.hub import Hub
from api.problems import BUSY, TOO_MANY_STREAMS, ProblemError

MOST_STREAMS_A_PLAYER = 20
"""Tabs and programs of one player on one process: more is a fault or an attack."""
MOST_STREAMS_A_NETWORK = 100
"""Of clients that are not signed in: a school or an office behind one address, and not a program that takes all streams."""
MOST_STREAMS = 10_000
"""Of one process, where the 99th percentile of a tick's delay is still under 250 ms. More are more processes."""


def admit(hub: Hub, *, player: str | None, network: str | None) -> None:
    """Let another stream in.

    Raises:
        ProblemError: too many are open.
    """
    if hub.streams >= MOST_STREAMS:
        raise ProblemError(BUSY, "This server has no room for another stream. Try again in a moment.")
    if player is not None:
        if hub.streams_of(player) >= MOST_STREAMS_A_PLAYER:
            raise ProblemError(TOO_MANY_STREAMS, f"At most {MOST_STREAMS_A_PLAYER} streams a player. Close one.")
    elif hub.strangers_from(network) >= MOST_STREAMS_A_NETWORK:
        raise ProblemError(
            TOO_MANY_STREAMS, f"At most {MOST_STREAMS_A_NETWORK} streams an address. Sign in, or close one."
        )
