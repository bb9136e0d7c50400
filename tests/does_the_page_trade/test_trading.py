"""A person trades on the page: everything that they see comes over the stream, nothing from a reload."""

from decimal import Decimal

import pytest
from playwright.async_api import expect

from schemas.biomes import BIOMES, Biome
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import PASSWORD, MarketPage

pytestmark = pytest.mark.asyncio(loop_scope="module")  # the loop that the browser lives in


async def _move_all_prices(player: MarketPage, watcher: MarketPage) -> None:
    """Give attention all around until the watcher has seen each of the seven prices change."""
    first = await watcher.prices()
    still = set(range(len(BIOMES)))
    while still:
        for biome in BIOMES:
            await player.give_attention(biome)
        now = await watcher.prices()
        still -= {index for index in still if now[index] != first[index]}


async def test_a_visitor_who_has_not_signed_up_sees_seven_prices_move(visit: Visit) -> None:
    visitor, player = await visit(), await visit()
    await player.sign_up()

    await _move_all_prices(player, visitor)

    await expect(visitor.sign_up_button).to_be_visible()
    for biome in BIOMES:
        await expect(visitor.tile(biome)).to_contain_text("%")


async def test_a_new_player_buys_and_sells_and_sees_both_fills_without_a_reload(visit: Visit) -> None:
    player = await visit()
    await player.page.evaluate("window.sameDocument = true")
    await player.sign_up()
    start = await player.cash_now()

    await player.buy(Biome.SNOW, bdt="100")
    bought = await player.see_result("Filled: bought")
    assert "Snow at" in bought
    assert "for 100.00 BDT, fee 2.00" in bought
    await expect(player.holding(Biome.SNOW)).to_contain_text("You hold")
    await expect(player.cash).to_have_text(f"{start - Decimal(102):,.2f}")

    await player.sell_all(Biome.SNOW)
    assert "Snow at" in await player.see_result("Filled: sold")
    await expect(player.holding(Biome.SNOW)).to_have_text("You hold none")
    await expect(player.orders("filled")).to_have_count(2)
    assert start - Decimal(102) < await player.cash_now()
    assert await player.page.evaluate("window.sameDocument") is True


async def test_a_double_click_buys_once(visit: Visit) -> None:
    player = await visit()
    await player.sign_up()
    start = await player.cash_now()

    await (await player.prepare_buy(Biome.FOREST, bdt="50")).dblclick()
    await player.see_result("Filled: bought")
    await player.see_ticks(3)  # a second order would have been filled by now

    await expect(player.orders()).to_have_count(1)
    assert await player.cash_now() == start - Decimal(51)


async def test_a_rejected_order_says_why_in_plain_words_and_costs_nothing(visit: Visit) -> None:
    player = await visit()
    await player.sign_up()
    start = await player.cash_now()

    await player.buy(Biome.DESERT, bdt="100", limit="0.02")

    assert "worse than the limit price" in await player.see_result("Rejected: ")
    await expect(player.orders("rejected")).to_have_count(1)
    assert await player.cash_now() == start


async def test_an_order_that_cannot_be_right_is_not_sent(visit: Visit) -> None:
    player = await visit()
    await player.sign_up()

    await player.buy(Biome.OCEAN, bdt="12,5")
    await player.see_result("How much is a number above zero")
    await player.buy(Biome.OCEAN, bdt="99999999")
    await player.see_result("That is more than your cash")

    await expect(player.orders()).to_have_count(0)


async def test_a_reload_keeps_the_player_signed_in_with_what_they_own(visit: Visit) -> None:
    player = await visit()
    username = await player.sign_up()
    await player.buy(Biome.BEACH, bdt="20")
    await player.see_result("Filled: bought")

    await player.page.reload()

    await expect(player.player).to_have_text(username)
    await expect(player.holding(Biome.BEACH)).to_contain_text("You hold")
    await expect(player.orders("filled")).to_have_count(1)


async def test_logging_out_takes_everything_private_off_the_screen_and_logging_in_brings_it_back(visit: Visit) -> None:
    player = await visit()
    username = await player.sign_up()

    await player.page.get_by_role("button", name="Log out").click()
    await expect(player.sign_up_button).to_be_visible()
    await expect(player.cash).to_have_count(0)
    await expect(player.player).to_have_count(0)

    await player.page.get_by_role("button", name="Log in").click()
    await player.page.get_by_label("Username").fill(username)
    await player.page.get_by_label("Password").fill(PASSWORD)
    await player.page.get_by_role("button", name="Log in").click()
    await expect(player.player).to_have_text(username)
    await expect(player.cash).to_be_visible()


async def test_a_short_password_is_answered_with_a_sentence(visit: Visit) -> None:
    visitor = await visit()

    await visitor.page.get_by_label("Username").fill("someone")
    await visitor.page.get_by_label("Password").fill("short")
    await visitor.sign_up_button.click()

    await expect(visitor.page.get_by_role("alert")).to_have_text("A password has 8 characters or more.")


async def test_a_player_trades_with_the_keyboard_alone(visit: Visit) -> None:
    player = await visit()
    await player.sign_up()

    await player.page.get_by_role("button", name="Trade Plains").focus()
    await player.page.keyboard.press("Enter")  # takes the focus to the amount
    await player.page.keyboard.type("25")
    await player.page.keyboard.press("Enter")

    assert "Plains" in await player.see_result("Filled: bought")
