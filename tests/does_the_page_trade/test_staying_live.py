"""What the page does when something is cut off, stands still, or happens in another tab."""

import os
import signal

import pytest
from playwright.async_api import expect

from schemas.biomes import Biome
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import PATIENCE_MS, MarketPage
from tests.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the loop that the browser lives in


async def test_a_stream_that_was_cut_comes_back_by_itself_and_says_so(visit: Visit, stack: Stack) -> None:
    player = await visit()
    await player.sign_up()
    before = await player.tick()

    os.kill(stack.processes()["api"], signal.SIGKILL)
    await expect(player.banner).to_contain_text("The connection was lost")
    await expect(player.banner).to_contain_text("Connected again", timeout=3 * PATIENCE_MS)
    await player.see_ticks(2)
    assert await player.tick() > before
    await player.buy(Biome.PLAINS, bdt="20")
    await player.see_result("Filled: bought")
    # The browser itself notes each request that found nobody there.
    player.complaints[:] = [complaint for complaint in player.complaints if "net::ERR" not in complaint]


async def test_a_market_that_stands_still_is_said_to_and_the_page_goes_on_with_it(visit: Visit, stack: Stack) -> None:
    visitor = await visit()
    market = stack.processes()["market"]
    os.kill(market, signal.SIGSTOP)
    try:
        await expect(visitor.banner).to_contain_text("No tick for over 2 seconds")
    finally:
        os.kill(market, signal.SIGCONT)
    await expect(visitor.banner).not_to_contain_text("No tick", timeout=3 * PATIENCE_MS)
    await visitor.see_ticks(2)


async def test_two_tabs_of_a_player_tell_the_same_and_end_together(visit: Visit) -> None:
    first = await visit()
    await first.sign_up()
    second = MarketPage(await first.page.context.new_page())
    await second.page.goto("/")
    await second.see_market()
    await expect(second.cash).to_be_visible()

    await first.buy(Biome.MOUNTAIN, bdt="30")
    await first.see_result("Filled: bought")
    await expect(second.orders("filled")).to_have_count(1)
    await expect(second.holding(Biome.MOUNTAIN)).to_contain_text("You hold")

    await second.page.get_by_role("button", name="Log out").click()
    await expect(first.cash).to_have_count(0)
    assert second.complaints == []
