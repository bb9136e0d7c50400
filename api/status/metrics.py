"""What this process counts, for Prometheus. Everything about the market is read off its ticks, so that it is the same from
every replica; what is about this replica says so.
"""

import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from schemas.messages.market_ticks import Tick
from schemas.messages.trade_events import Filled
from schemas.units import MICRO
from streams.following.verdicts import Said
from streams.following.whole_ticks import WholeTick

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MS: Final = 1_000
_FAST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: around the bars of acknowledgements (25 ms), pages (50 ms) and pushes (100 ms), up to an order's deadline."""


class Metrics:
    """One registry a process. Methods are called by what they are about; ``text`` is what Prometheus scrapes."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._closed_at = 0
        # The market.
        self._tick = Gauge("biome_tick", "The newest tick that this replica has seen.", registry=registry)
        age = Gauge("biome_tick_age_seconds", "Since the newest tick was closed, by the wall clock.", registry=registry)
        age.set_function(self._age_seconds)
        self._lateness = Histogram(
            "biome_tick_lateness_seconds",
            "From the half second that a tick was due to the broker's time of its mark.",
            buckets=_FAST,
            registry=registry,
        )
        self._seen_after = Histogram(
            "biome_tick_to_replica_seconds",
            "From the broker's time of a mark until this replica had the tick: closing, commit and reading.",
            buckets=_FAST,
            registry=registry,
        )
        self._missed = Counter("biome_windows_missed", "Windows that had no tick of their own.", registry=registry)
        self._order_to_fill = Histogram(
            "biome_order_to_fill_seconds",
            "From an order's own time to the tick that filled it.",
            buckets=_FAST,
            registry=registry,
        )
        self._filled = Counter("biome_orders_filled", "Orders that were filled.", registry=registry)
        self._rejected = Counter("biome_orders_rejected", "Orders that were rejected.", ["code"], registry=registry)
        self._duplicates = Counter("biome_orders_duplicate", "Orders that came again.", registry=registry)
        self._fees = Counter("biome_fees_bdt", "Fees that the house took.", registry=registry)
        self._points = Counter("biome_attention_points", "Points that counted.", registry=registry)
        self._discarded = Counter(
            "biome_attention_discarded", "Points (malformed: messages) that did not.", ["reason"], registry=registry
        )
        self._behind = Gauge("biome_attention_behind_seconds", "Slowest shard behind the tick.", registry=registry)
        self._dead_letters = Counter("biome_dead_letters", "Inputs of the market not understood.", registry=registry)
        self._halted = Gauge("biome_halted", "1: the whole market is halted.", registry=registry)
        self._accounts = Gauge("biome_accounts", "Accounts of players.", registry=registry)
        # The checks.
        self._exact = Gauge("biome_conservation_exact", "1: every tick seen kept the laws.", registry=registry)
        self._exact.set(1)
        self._faults = Counter("biome_conservation_faults", "Faults found in ticks, ever.", registry=registry)
        self._verified = Gauge("biome_verified_tick", "The auditor verified all through this tick.", registry=registry)
        self._mismatch = Gauge("biome_audit_mismatch", "1: the auditor waits for an operator.", registry=registry)
        # This replica.
        self._acks = Histogram(
            "biome_log_ack_seconds", "Until Kafka acknowledged a write.", ["topic"], buckets=_FAST, registry=registry
        )
        self._unacknowledged = Counter("biome_log_writes_failed", "Writes without one.", ["topic"], registry=registry)
        self.streams = Gauge("biome_streams", "Open live streams of this replica.", registry=registry)
        self._cut_off = Counter(
            "biome_streams_cut_off", "Live streams ended because their reader was slow.", ["why"], registry=registry
        )
        self._offered_after = Histogram(
            "biome_tick_to_streams_seconds",
            "From the broker's time of a mark until its tick was written to every open stream of this replica.",
            buckets=_FAST,
            registry=registry,
        )
        self._dropped = Counter(
            "biome_stream_ticks_dropped", "Ticks that slow readers did not get, for a newer one.", registry=registry
        )
        self.lag = Gauge(
            "biome_lag_records", "Records not worked off yet.", ["reader", "topic", "partition"], registry=registry
        )
        self.history_tick = Gauge("biome_history_tick", "The newest tick in PostgreSQL.", registry=registry)
        self._requests = Histogram(
            "biome_http_seconds",
            "Until an answer began, by route. Live streams are not in it.",
            ["method", "route", "status"],
            buckets=_FAST,
            registry=registry,
        )

    def tick(self, whole: WholeTick, faults: int) -> None:
        """A tick was seen, with so many faults found in it."""
        tick = whole.tick
        self._closed_at = tick.closed_at
        self._tick.set(tick.tick)
        self._lateness.observe(max(0, tick.closed_at - tick.due) / MS)
        self._seen_after.observe(self._age_seconds())
        self._missed.inc(tick.windows - 1)
        self._count_orders(tick, whole)
        self._points.inc(tick.attention.taken)
        for reason, points in tick.attention.discarded.items():
            self._discarded.labels(reason.value).inc(points)
        if tick.attention.behind_ms is not None:
            self._behind.set(tick.attention.behind_ms / MS)
        self._dead_letters.inc(tick.dead_letters)
        self._halted.set(tick.halted)
        self._accounts.set(tick.accounts)
        if faults:
            self._exact.set(0)
            self._faults.inc(faults)

    def audited(self, said: Said) -> None:
        """What the auditor said last."""
        if said.verified is not None:
            self._verified.set(said.verified.tick)
        self._mismatch.set(said.outstanding is not None)

    def acknowledged(self, topic: str, seconds: float) -> None:
        self._acks.labels(topic).observe(seconds)

    def not_acknowledged(self, topic: str) -> None:
        self._unacknowledged.labels(topic).inc()

    def stream_cut_off(self, why: str) -> None:
        self._cut_off.labels(why).inc()

    def offered(self, tick: Tick, dropped: int) -> None:
        """A tick was written to the open streams, and so many of them dropped an older one for it."""
        self._offered_after.observe(max(0.0, time.time() - tick.closed_at / MS))
        self._dropped.inc(dropped)

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self._registry)

    def _count_orders(self, tick: Tick, whole: WholeTick) -> None:
        self._filled.inc(tick.orders.filled)
        self._duplicates.inc(tick.orders.duplicates)
        self._fees.inc(int(tick.fees) / MICRO)
        for code, count in tick.orders.rejected.items():
            self._rejected.labels(code).inc(count)
        for event in whole.events:
            if isinstance(event, Filled):
                self._order_to_fill.observe(max(0, tick.closed_at - event.order.placed_at) / MS)

    def _age_seconds(self) -> float:
        return max(0.0, time.time() - self._closed_at / MS) if self._closed_at else float("nan")
