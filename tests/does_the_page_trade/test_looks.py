"""Pictures for people to look at, in tests/screenshots/ (not kept in git), and what a program can tell of the looks."""

from pathlib import Path

import pytest

from schemas.biomes import Biome
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import SCHEMES, SIZES, MarketPage, Scheme

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the loop that the browser lives in

SCREENSHOTS = Path(__file__).parent.parent / "screenshots"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_the_page_fits_its_window_before_and_after_signing_up(visit: Visit, size: str, scheme: Scheme) -> None:
    player = await visit(size=size, scheme=scheme)
    overflow = "document.documentElement.scrollWidth - window.innerWidth"

    await player.see_ticks(4)
    assert await player.page.evaluate(overflow) <= 0
    await _take_picture(player, f"visitor-{size}-{scheme}")

    await player.sign_up()
    await player.buy(Biome.FOREST, bdt="250")
    await player.see_result("Filled: bought")
    assert await player.page.evaluate(overflow) <= 0
    await _take_picture(player, f"player-{size}-{scheme}")


async def _take_picture(player: MarketPage, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    await player.page.evaluate("window.scrollTo(0, 0)")
    await player.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
