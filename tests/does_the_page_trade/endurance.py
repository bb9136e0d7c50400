"""Watches the page for as long as one likes, on a market that runs: from tick decided to pixel changed, layout shifts, memory.

python -m tests.does_the_page_trade.endurance http://127.0.0.1:8000 127.0.0.1:9092 --minutes 60
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from playwright.async_api import CDPSession

from ops.bench.figures import line_of
from ops.bench.streams import Decided, decided_ticks
from schemas.biomes import Biome
from tests.does_the_page_trade.chromium import NoChromiumError, running_chromium
from tests.does_the_page_trade.market_page import open_market

LOOK_SECONDS: Final = 60.0

# When a tick's number has changed, the frame after the next one shows it: only then are its pixels there.
WATCH: Final = """
() => {
  window.__seen = [];
  window.__shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
  }).observe({ type: "layout-shift" });
  const shown = document.querySelector("[data-testid=tick]");
  new MutationObserver(() => {
    const tick = Number(shown.textContent.replace(/\\D/g, ""));
    requestAnimationFrame(() => requestAnimationFrame((at) => {
      window.__seen.push([tick, (performance.timeOrigin + at) / 1000]);
    }));
  }).observe(shown, { characterData: true, childList: true, subtree: true });
}
"""
TAKE: Final = "() => { const seen = window.__seen; window.__seen = []; return [seen, window.__shift]; }"


class Look(NamedTuple):
    """What was there after a while."""

    minutes: float
    heap_megabytes: float
    nodes: int
    listeners: int
    shift: float


async def watch(base_url: str, bootstrap: str, *, minutes: float) -> tuple[list[float], list[Look]]:
    """Seconds from each tick's decision to its pixels, and a look a minute."""
    seen: list[tuple[int, float]] = []
    looks: list[Look] = []
    async with running_chromium() as browser, decided_ticks(bootstrap) as decided:
        player = await open_market(browser, base_url)
        await player.sign_up()
        await player.buy(Biome.FOREST, bdt="250")
        await player.see_result("Filled: bought")
        session = await player.page.context.new_cdp_session(player.page)
        await session.send("Performance.enable")
        await player.page.evaluate(WATCH)
        for number in range(max(1, round(minutes * 60 / LOOK_SECONDS))):
            await asyncio.sleep(min(LOOK_SECONDS, minutes * 60))
            ticks, shift = await player.page.evaluate(TAKE)
            seen += [(int(tick), at) for tick, at in ticks]
            looks.append(await _look(session, (number + 1) * LOOK_SECONDS / 60, shift))
            sys.stdout.write(f"{looks[-1]}\n")
        pushes = list(_delays(seen, decided))
        complaints = player.complaints
    sys.stdout.write("".join(f"the console said: {complaint}\n" for complaint in complaints))
    return pushes, looks


def _delays(seen: list[tuple[int, float]], decided: dict[int, Decided]) -> Iterator[float]:
    for tick, at in seen:
        if tick in decided:
            yield at - decided[tick].at


async def _look(session: CDPSession, minutes: float, shift: float) -> Look:
    await session.send("HeapProfiler.collectGarbage")
    metrics: dict[str, Any] = {
        one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]
    }
    return Look(
        minutes=round(minutes, 1),
        heap_megabytes=round(metrics["JSHeapUsedSize"] / 2**20, 2),
        nodes=int(metrics["Nodes"]),
        listeners=int(metrics["JSEventListeners"]),
        shift=round(shift, 4),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.does_the_page_trade.endurance", description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("bootstrap")
    parser.add_argument("--minutes", type=float, default=60.0)
    chosen = parser.parse_args()
    try:
        pushes, looks = asyncio.run(watch(chosen.base_url, chosen.bootstrap, minutes=chosen.minutes))
    except NoChromiumError as missing:
        sys.exit(str(missing))
    sys.stdout.write(f"{line_of('tick decided to pixels', pushes)}\n")
    sys.stdout.write(f"heap {looks[0].heap_megabytes} MB at first, {looks[-1].heap_megabytes} MB at last; ")
    sys.stdout.write(f"layout shift {looks[-1].shift}\n")


if __name__ == "__main__":
    main()
