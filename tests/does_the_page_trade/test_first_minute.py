"""From a cold visit to a first trade: a living market at once, one short form, few clicks; on a phone and by keys as well."""

import pytest
from playwright.async_api import expect

from schemas.biomes import Biome
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the loop that the browser lives in

MOST_CLICKS = 6


async def test_a_first_trade_takes_at_most_six_clicks(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.evaluate(
        "() => { window.clicks = 0; addEventListener('click', (one) => { if (one.detail > 0) window.clicks += 1; }, true); }"
    )
    await visitor.sign_up()
    await visitor.buy(Biome.BEACH, bdt="50")
    await visitor.see_result("Filled: bought")
    assert await visitor.page.evaluate("window.clicks") <= MOST_CLICKS


async def test_a_phone_trades_in_a_sheet_that_gives_the_page_back(visit: Visit) -> None:
    visitor = await visit(size="phone")
    await visitor.page.get_by_role("banner").get_by_role("button", name="Sign up").click()
    sheet = visitor.page.get_by_role("dialog")
    await expect(sheet).to_be_visible()
    await visitor.page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)

    await visitor.sign_up()
    await visitor.buy(Biome.SNOW, bdt="40")
    await visitor.see_result("Filled: bought")
    await sheet.get_by_role("button", name="Close").click()
    await expect(sheet).to_have_count(0)
    await expect(visitor.holding(Biome.SNOW)).to_contain_text("You hold")


async def test_a_player_trades_by_keys_alone(visit: Visit) -> None:
    player = await visit()
    await player.page.get_by_label("Username").focus()
    keyboard = player.page.keyboard
    await keyboard.type(f"keys-{id(player) % 10**9}")
    await keyboard.press("Tab")
    await keyboard.type(PASSWORD)
    await keyboard.press("Enter")
    await expect(player.cash).to_be_visible()

    await player.page.locator("body").press("Escape")
    await player.page.evaluate("document.activeElement?.blur()")
    await keyboard.press("7")
    await keyboard.press("b")
    await expect(player.page.get_by_label("Amount in BDT")).to_be_focused()
    await keyboard.type("25")
    await keyboard.press("Enter")
    assert "Snow" in await player.see_result("Filled: bought")

    await player.page.evaluate("document.activeElement?.blur()")
    await keyboard.press("?")
    await expect(player.page.get_by_role("dialog", name="Keys")).to_be_visible()
    await keyboard.press("Escape")
    await expect(player.page.get_by_role("dialog")).to_have_count(0)
