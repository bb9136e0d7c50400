"""Every view in every size and scheme: pictures for people to look at, in tests/screenshots/ (not kept in git), and what a program
can tell of the looks: nothing sticks out, axe finds nothing, nothing shifts.
"""

from pathlib import Path
from typing import Final

import pytest

from schemas.biomes import Biome
from tests.does_the_page_trade.accessibility import faults_of
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import SCHEMES, SIZES, MarketPage
from tests.stack import Stack

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]  # the loop that the browser lives in

SCREENSHOTS: Final = Path(__file__).parent.parent / "screenshots"
OVERFLOW: Final = "document.documentElement.scrollWidth - window.innerWidth"
FOR_EVERYBODY: Final = ("", "biome/ocean", "leaderboard", "proof")
FOR_PLAYERS: Final = ("", "biome/forest", "portfolio", "leaderboard", "account", "admin")
ROOM: Final = 100
"""Pixels below a view that is shown whole, for it to grow into."""
SLOWEST_PICTURE: Final = 120_000
"""Milliseconds: Chromium draws by the processor, which other tests keep busy."""
# What moved, from where to where: a failure should say what to look at.
WATCH_SHIFTS: Final = """() => {
  window.watching?.disconnect();
  window.shifted = [];
  const place = ({ x, y }) => `${x.toFixed()}, ${y.toFixed()}`;
  window.watching = new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) {
      if (shift.hadRecentInput) continue;
      for (const { node, previousRect, currentRect } of shift.sources) {
        const what = `${node?.nodeName} ${node?.parentElement?.className}: ${node?.textContent}`.slice(0, 160);
        window.shifted.push(`${what} (${place(previousRect)} to ${place(currentRect)})`);
      }
    }
  });
  window.watching.observe({ type: "layout-shift" });
}"""
UNSETTLED: Final = "main .skeleton, main [aria-busy=true]"


@pytest.mark.parametrize("size", SIZES)
async def test_every_view_fits_its_window_and_everybody(visit: Visit, stack: Stack, size: str) -> None:
    person = await visit(size=size)
    wrong: list[str] = []
    for view in FOR_EVERYBODY:
        wrong += await _looked_at(person, view, name=f"visitor-{size}")

    username = await person.sign_up()
    await person.buy(Biome.FOREST, bdt="250")
    await person.see_result("Filled: bought")
    made = stack.run("admin", "grant-role", username, "--reason", "to look at the admin's view")
    assert made.returncode == 0, made.stderr
    await person.page.reload()
    await person.see_market()
    for view in FOR_PLAYERS:
        wrong += await _looked_at(person, view, name=f"player-{size}")
    assert wrong == []


async def _looked_at(person: MarketPage, view: str, *, name: str) -> list[str]:
    """What is wrong with a view, after its pictures were taken: one in each scheme."""
    await person.open(view)
    await person.page.wait_for_function(f"() => document.querySelector('{UNSETTLED}') === null")
    shown = view.replace("/", "-") or "floor"
    wrong: list[str] = []
    SCREENSHOTS.mkdir(exist_ok=True)
    for scheme in SCHEMES:
        await person.page.emulate_media(color_scheme=scheme)
        picture = SCREENSHOTS / f"{shown}-{name}-{scheme}.png"
        await person.page.screenshot(path=picture, full_page=True, timeout=SLOWEST_PICTURE)
        faults = await faults_of(person.page)
        if await person.page.evaluate(OVERFLOW) > 0:
            faults.append("something sticks out to the right")
        wrong += [f"{picture.stem}: {fault}" for fault in faults]
    return wrong


@pytest.mark.parametrize("size", SIZES)
async def test_no_tick_shifts_anything(visit: Visit, size: str) -> None:
    """Not by a pixel that a browser counts: every number that changes has room for its digits. Of the whole page, not only of what
    fits a window, since shifts out of sight are not counted.
    """
    person = await visit(size=size, motion="no-preference")
    await person.sign_up()
    await person.buy(Biome.FOREST, bdt="250")
    await person.see_result("Filled: bought")
    await person.close_sheet()
    shifted: dict[str, list[str]] = {}
    for view in ("", "biome/forest", "portfolio"):
        await person.open(view)
        await person.page.wait_for_function(f"() => document.querySelector('{UNSETTLED}') === null")
        await person.see_ticks(2)  # first numbers
        height = await person.page.evaluate("document.documentElement.scrollHeight")
        await person.page.set_viewport_size({"width": SIZES[size]["width"], "height": height + ROOM})
        await person.see_ticks(3)  # first pictures
        await person.page.evaluate(WATCH_SHIFTS)
        await person.see_ticks(10)
        shifted[view] = await person.page.evaluate("window.shifted")
        await person.page.set_viewport_size(SIZES[size])
    assert not any(shifted.values()), shifted


async def test_what_a_visitor_loads_first_is_small(visit: Visit, base_url: str) -> None:
    """Under 200 kB of compressed script, counted as the server sends it."""
    person = await visit()
    scripts: list[tuple[str, int]] = await person.page.evaluate("""() => performance.getEntriesByType("resource")
      .filter(({ name }) => name.endsWith(".js")).map(({ name, encodedBodySize }) => [name, encodedBodySize])""")
    assert scripts
    assert all(name.startswith(base_url) for name, _ in scripts)
    assert sum(size for _, size in scripts) < 200_000, scripts


async def test_the_page_can_be_installed(visit: Visit) -> None:
    person = await visit()
    session = await person.page.context.new_cdp_session(person.page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
