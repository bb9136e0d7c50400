"""The status of the market as a document, and as a page."""

import time
from html import escape
from typing import Final

from api.amounts import instant
from api.services import Services
from api.status.models import AttentionStatus, Audit, Conservation, PartitionLag, Status
from schemas.messages.market_ticks import Tick
from streams.following.verdicts import Said

OLD_MS: Final = 2_000
"""Four windows without a tick: a person would notice."""
HISTORY_BEHIND: Final = 20
"""Ticks: what is shown is older than an order's deadline then."""
REFRESH_SECONDS: Final = 2


def status_document(services: Services) -> Status:
    """How things are now."""
    newest = services.hub.newest
    tick = None if newest is None else newest.tick
    age = None if tick is None else max(0, time.time_ns() // 1_000_000 - tick.closed_at)
    history = services.projected.tick or None
    behind = None if tick is None or history is None else max(0, tick.tick - history)
    watch = services.watch
    said = services.audit.said
    sentence = _what_is_wrong(tick, age=age, behind=behind, faults=watch.faults, said=said)
    return Status(
        well=sentence is None,
        sentence=sentence or "All is well.",
        tick=tick and tick.tick,
        closed_at=tick and instant(tick.closed_at),
        tick_age_ms=age,
        lateness_ms=tick and max(0, tick.closed_at - tick.due),
        halted=tick is not None and tick.halted,
        halted_biomes=[] if tick is None else [market.biome for market in tick.markets if market.halted],
        conservation=Conservation(
            exact=not watch.faults, since_tick=watch.since, through_tick=watch.through, faults=watch.faults
        ),
        audit=_audit(said),
        attention=tick and AttentionStatus(behind_ms=tick.attention.behind_ms, stale=tick.attention.stale),
        history_tick=history,
        history_behind=behind,
        lag=[
            PartitionLag(reader=lag.reader, topic=lag.topic, partition=lag.partition, records=lag.records)
            for lag in services.lag.lags
        ],
        streams=services.hub.streams,
    )


def _audit(said: Said) -> Audit:
    verified = said.verified
    return Audit(
        verified_tick=verified and verified.tick,
        verified_closed_at=verified and instant(verified.closed_at),
        postgres_tick=(verified and verified.postgres) or None,
        mismatch_tick=said.outstanding and said.outstanding.tick,
    )


def _what_is_wrong(
    tick: Tick | None, *, age: int | None, behind: int | None, faults: list[str], said: Said
) -> str | None:
    """The gravest thing, as a sentence; None when nothing is."""
    if faults:
        return f"A tick broke a law: {faults[0]}."
    if said.outstanding is not None:
        return f"The auditor found a mismatch at tick {said.outstanding.tick}: trading waits for an operator."
    if tick is None or age is None:
        return "No tick has come since this server started."
    if age > OLD_MS:
        return f"The market stands still: its last tick is {age / 1_000:.1f} s old."
    troubles = {
        "The market is halted by its operators: it ticks, moves nothing, and rejects orders.": tick.halted,
        "Attention is not counted in time, so orders are rejected until it is.": tick.attention.stale,
        "Portfolios and charts are behind the market. Orders work.": behind is None or behind > HISTORY_BEHIND,
    }
    return next((sentence for sentence, is_so in troubles.items() if is_so), None)


def status_page(status: Status) -> str:
    """The document for people: no script, and fresh every few seconds."""
    rows = {
        "Tick": f"{status.tick} ({status.tick_age_ms} ms old, {status.lateness_ms} ms late)",
        "Conservation": f"{'exact' if status.conservation.exact else 'BROKEN'}, checked from tick "
        f"{status.conservation.since_tick} through {status.conservation.through_tick}",
        "Auditor": _of_the_auditor(status),
        "Attention": "none yet" if status.attention is None else f"{status.attention.behind_ms} ms behind",
        "Halted": "the market" if status.halted else ", ".join(status.halted_biomes) or "nothing",
        "Portfolios and charts": f"tick {status.history_tick} ({status.history_behind} behind)",
        "Waiting to be worked off": ", ".join(f"{lag.topic} {lag.partition}: {lag.records}" for lag in status.lag)
        or "unknown",
        "Live streams here": str(status.streams),
    }
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
    faults = "".join(f"<li>{escape(fault)}</li>" for fault in status.conservation.faults)
    return PAGE.format(
        seconds=REFRESH_SECONDS,
        mark="well" if status.well else "unwell",
        sentence=escape(status.sentence),
        rows=body,
        faults=f"<ul>{faults}</ul>" if faults else "",
    )


def _of_the_auditor(status: Status) -> str:
    audit = status.audit
    if audit.mismatch_tick is not None:
        return f"MISMATCH at tick {audit.mismatch_tick}"
    if audit.verified_tick is None:
        return "has said nothing yet"
    return f"all verified through tick {audit.verified_tick}"


PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{seconds}"><title>Biome Market: status</title>
<link rel="stylesheet" href="/status.css"></head>
<body class="{mark}"><main><h1>Biome Market</h1><p role="status">{sentence}</p>
<table>{rows}</table>{faults}
<p><a href="/api/v1/status">The same as JSON</a>, <a href="/">the market</a>.</p>
</main></body></html>
"""

STYLE: Final = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 42rem; margin: 3rem auto; padding: 0 1rem }
p[role=status] { font-size: 1.25rem; padding: .75rem 1rem; border-radius: .5rem; border-left: .5rem solid }
.well p[role=status] { border-color: #2e8b57; background: #2e8b5722 }
.unwell p[role=status] { border-color: #c0392b; background: #c0392b22 }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .4rem .5rem; border-bottom: 1px solid #8884 }
th { font-weight: 600; width: 14rem }
"""
