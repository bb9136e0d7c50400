"""Which shards stand still. Pure: positions and times in, suspects out."""

from collections.abc import Mapping

STILL_LIMIT_SECONDS = 12.0
"""That all shards of a worker may stand still while inputs wait: a rebalance may wait for the session of a dead member (6 s)
twice.
"""
ALONE_LIMIT_SECONDS = 60.0
"""That one shard may while others move. They share one queue, and a worker with a backlog takes one partition after the
other: it would never catch up if it ended itself over that.
"""


class ProgressWatch:
    """Remembers since when each shard has been where it is."""

    def __init__(self, now: float) -> None:
        self.began_at = now
        self._moved_at = now
        self._since: dict[tuple[int, int], float] = {}

    def suspects(self, positions: Mapping[int, int], now: float) -> list[tuple[int, int]]:
        """Partitions, with their positions, that have not moved for too long. Whether the log has something for them has
        to be looked up.
        """
        since = {place: self._since.get(place, now) for place in positions.items()}
        if since.keys() - self._since.keys():
            self._moved_at = now
        self._since = since
        all_stand_still = now - self._moved_at > STILL_LIMIT_SECONDS
        limit = STILL_LIMIT_SECONDS if all_stand_still else ALONE_LIMIT_SECONDS
        return [place for place, still_since in since.items() if now - still_since > limit]
