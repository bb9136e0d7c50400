"""Attention as it reaches the market: shards report cumulative counters, and the market takes differences.

So a report that is lost, late or repeated cannot count twice or get lost: the next one covers it (law 10).
"""

from collections.abc import Sequence
from typing import Final

from schemas.biomes import BIOMES
from schemas.messages.fields import Discard
from schemas.messages.market_inputs import ReportAttention
from schemas.messages.market_ticks import AttentionReceipt, ShardReach
from schemas.units import Millis
from streams.market.core.state import MarketState, ShardCounters

_BEFORE_THE_FIRST: Final = ShardCounters(offset=-1, reached=0, taken=[0] * len(BIOMES), discarded={})


class PendingAttention:
    """What shards reported since the last tick."""

    def __init__(self) -> None:
        self._taken = [0] * len(BIOMES)
        self._discarded = dict.fromkeys(Discard, 0)

    def take(self, report: ReportAttention, state: MarketState) -> str | None:
        """Add what the report has beyond the last one of its shard. An older one adds nothing.

        Returns a sentence when the report contradicts the settings or an earlier report, and then adds nothing.
        """
        if report.shards != len(state.shards) or report.shard >= len(state.shards):
            return (
                f"The report is of shard {report.shard} of {report.shards}; the market has {len(state.shards)} shards."
            )
        last = state.shards[report.shard] or _BEFORE_THE_FIRST
        if report.offset <= last.offset:
            return None
        if _goes_down(report, last):
            return f"A counter of shard {report.shard} is below what it reported before, at offset {last.offset}."
        for biome, total in enumerate(report.taken):
            self._taken[biome] += total - last.taken[biome]
        for reason, total in report.discarded.items():
            self._discarded[reason] += total - last.discarded.get(reason, 0)
        state.shards[report.shard] = ShardCounters(
            offset=report.offset, reached=report.reached, taken=report.taken, discarded=_in_order(report.discarded)
        )
        state.cap = report.cap
        return None

    def close(self, state: MarketState, *, closed_at: Millis) -> tuple[list[int], AttentionReceipt]:
        """The points of each biome that count in the tick, and the receipt. Points for a halted biome are discarded."""
        stopped = state.stopped()
        counted = [0 if halted else points for points, halted in zip(self._taken, stopped, strict=True)]
        self._discarded[Discard.HALTED] += sum(self._taken) - sum(counted)
        behind_ms = _behind(state.shards, closed_at=closed_at)
        return counted, AttentionReceipt(
            taken=sum(counted),
            discarded={reason: count for reason, count in _in_order(self._discarded).items() if count},
            cap=state.cap,
            behind_ms=behind_ms,
            stale=behind_ms is None or behind_ms > state.settings.attention_stale_ms,
            shards=[
                None if shard is None else ShardReach(offset=shard.offset, reached=shard.reached)
                for shard in state.shards
            ],
        )


def _goes_down(report: ReportAttention, last: ShardCounters) -> bool:
    return any(total < before for total, before in zip(report.taken, last.taken, strict=True)) or any(
        report.discarded.get(reason, 0) < before for reason, before in last.discarded.items()
    )


def _behind(shards: Sequence[ShardCounters | None], *, closed_at: Millis) -> int | None:
    """Milliseconds from what the slowest shard has counted to the tick; None while one has never reported."""
    reached = [shard.reached for shard in shards if shard is not None]
    return max(0, closed_at - min(reached)) if len(reached) == len(shards) else None


def _in_order(discarded: dict[Discard, int]) -> dict[Discard, int]:
    """Law 7: bytes must not depend on the order in which a reporter wrote its reasons."""
    return {reason: discarded[reason] for reason in Discard if reason in discarded}
