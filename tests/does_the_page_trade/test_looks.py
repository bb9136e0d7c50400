"""Every view in every size and scheme: pictures for people to look at, in tests/screenshots/ (not kept in git), and what a program
can tell of the looks: nothing sticks out, axe finds nothing, nothing shifts.
"""

from pathlib import Path
from typing import Final

import pytest

from schemas.biomes import Biome
from tests.does_the_page_trade.accessibility import faults_of
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import SCHEMES, SIZES, MarketPage, Scheme
from tests.stack import Stack

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]  # the loop that the browser lives in

SCREENSHOTS: Final = Path(__file__).parent.parent / "screenshots"
OVERFLOW: Final = "document.documentElement.scrollWidth - window.innerWidth"
FOR_EVERYBODY: Final = ("", "biome/ocean", "leaderboard", "proof")
FOR_PLAYERS: Final = ("", "biome/forest", "portfolio", "leaderboard", "account", "admin")
MOST_SHIFT: Final = 0.05
UNSETTLED: Final = "main .skeleton, main [aria-busy=true]"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_every_view_fits_its_window_and_everybody(visit: Visit, stack: Stack, size: str, scheme: Scheme) -> None:
    person = await visit(size=size, scheme=scheme)
    wrong: list[str] = []
    for view in FOR_EVERYBODY:
        wrong += await _looked_at(person, view, name=f"visitor-{size}-{scheme}")

    username = await person.sign_up()
    await person.buy(Biome.FOREST, bdt="250")
    await person.see_result("Filled: bought")
    made = stack.run("admin", "grant-role", username, "--reason", "to look at the admin's view")
    assert made.returncode == 0, made.stderr
    await person.page.reload()
    await person.see_market()
    for view in FOR_PLAYERS:
        wrong += await _looked_at(person, view, name=f"player-{size}-{scheme}")
    assert wrong == []


async def _looked_at(person: MarketPage, view: str, *, name: str) -> list[str]:
    """What is wrong with a view, after its picture was taken."""
    await person.open(view)
    await person.page.wait_for_function(f"() => document.querySelector('{UNSETTLED}') === null")
    SCREENSHOTS.mkdir(exist_ok=True)
    shown = view.replace("/", "-") or "floor"
    await person.page.screenshot(path=SCREENSHOTS / f"{shown}-{name}.png", full_page=True)
    wrong = await faults_of(person.page)
    if await person.page.evaluate(OVERFLOW) > 0:
        wrong.append("something sticks out to the right")
    return [f"{shown} ({name}): {fault}" for fault in wrong]


async def test_ticks_shift_next_to_nothing(visit: Visit) -> None:
    """A number that gets another digit may move what stands behind it by some pixels. A page is called good below 0.1."""
    person = await visit(motion="no-preference")
    await person.see_ticks(6)  # first numbers, first pictures
    await person.page.evaluate("""() => {
      window.shifted = 0;
      new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
      }).observe({ type: "layout-shift" });
    }""")
    await person.see_ticks(20)
    assert await person.page.evaluate("window.shifted") < MOST_SHIFT


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
