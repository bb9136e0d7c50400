"""What the views beside the floor are for: a chart and why it moved, one's own trades, the ranking, the proof, keys, and halting."""

import csv
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from schemas.biomes import Biome
from tests.does_the_page_trade.conftest import Visit
from tests.does_the_page_trade.market_page import PATIENCE_MS
from tests.stack import Stack

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


async def test_a_biome_has_its_chart_and_says_why_it_moved(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open("biome/ocean")
    main = visitor.page.get_by_role("main")
    await expect(main.locator("canvas").first).to_be_visible()
    await expect(main.get_by_role("img", name=re.compile("Ocean"))).not_to_have_count(0)
    await expect(main).to_contain_text(re.compile("redistribution|attention", re.IGNORECASE))


async def test_a_portfolio_adds_up_and_its_trades_can_be_taken_home(visit: Visit, tmp_path: Path) -> None:
    player = await visit()
    await player.sign_up()
    await player.buy(Biome.DESERT, bdt="60")
    await player.see_result("Filled: bought")
    await player.open("portfolio")
    await expect(player.page.get_by_role("table").first).to_be_visible()
    async with player.page.expect_download(timeout=PATIENCE_MS) as started:
        await player.page.get_by_role("button", name=re.compile("CSV")).click()
    file = tmp_path / "trades.csv"
    await (await started.value).save_as(file)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["biome"] for row in rows] == ["desert"]
    assert "60.00" in rows[0].values()


async def test_a_new_player_finds_themselves_in_the_ranking(visit: Visit) -> None:
    player = await visit()
    username = await player.sign_up()
    await player.open("leaderboard")
    await expect(player.page.get_by_role("main")).to_contain_text(username, timeout=2 * PATIENCE_MS)


async def test_the_proof_checks_ticks_in_the_browser_and_shows_the_code_that_does(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open("proof")
    main = visitor.page.get_by_role("main")
    await expect(main).to_contain_text(
        re.compile(r"[1-9]\d*\s*ticks? verified on this machine"), timeout=2 * PATIENCE_MS
    )
    code = main.get_by_role("region", name=re.compile("code", re.IGNORECASE))
    await code.locator("summary").click()
    await expect(code.locator("pre")).to_contain_text("export function")


async def test_a_key_for_a_bot_is_shown_once_and_works(visit: Visit, base_url: str) -> None:
    player = await visit()
    await player.sign_up()
    await player.open("account")
    main = player.page.get_by_role("main")
    await main.locator("[name=key-name]").fill("my first bot")
    await main.get_by_role("checkbox", name="read").set_checked(True)
    await main.locator("form[aria-labelledby=new-key] button[type=submit]").click()
    shown = main.get_by_test_id("made-key")
    await expect(shown).to_be_visible()
    key = await shown.input_value()
    answer = await player.page.context.request.get(
        f"{base_url}/api/v1/biome-market/portfolio", headers={"Authorization": f"Bearer {key}", "Cookie": ""}
    )
    assert answer.ok, await answer.text()
    await player.page.reload()
    await expect(main).to_contain_text("my first bot")
    await expect(shown).to_have_count(0)


async def test_an_admin_halts_a_biome_and_everybody_sees_it(visit: Visit, stack: Stack) -> None:
    admin, visitor = await visit(), await visit()
    username = await admin.sign_up()
    made = stack.run("admin", "grant-role", username, "--reason", "runs the market")
    assert made.returncode == 0, made.stderr
    halted = stack.run("admin", "halt", "snow", "--reason", "an avalanche")
    assert halted.returncode == 0, halted.stderr
    try:
        await expect(visitor.tile(Biome.SNOW)).to_contain_text("Halted")
        await admin.page.reload()
        await admin.open("admin")
        await expect(admin.page.get_by_role("main")).to_contain_text("an avalanche")
    finally:
        assert stack.run("admin", "resume", "snow", "--reason", "it is over").returncode == 0
    await expect(visitor.tile(Biome.SNOW)).not_to_contain_text("Halted")
