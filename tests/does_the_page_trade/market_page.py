"""The page as a person uses it: what they see and press, by the names that are read out to them."""

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal, TypedDict

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from schemas.biomes import BIOMES, Biome

PASSWORD: Final = "seven calm biomes"
PATIENCE_MS: Final = 20_000
"""Milliseconds for anything that a tick decides: ticks come every half second, but a machine that runs a whole market and a
browser on two cores is slow at times. It only bounds a failure."""
expect.set_options(timeout=PATIENCE_MS)


class Size(TypedDict):
    """Pixels of a window."""

    width: int
    height: int


SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {"phone": Size(width=360, height=740), "desktop": Size(width=1440, height=900)}
)
Scheme = Literal["light", "dark"]
Motion = Literal["reduce", "no-preference"]
"""Seven moving scenes are much to draw for a machine without a graphics card that runs a whole market as well."""
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


class MarketPage:
    """One tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        """Errors and warnings of the console, and uncaught exceptions."""
        page.on("console", self._note)
        page.on("pageerror", lambda fault: self.complaints.append(f"uncaught: {fault}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    @property
    def result(self) -> Locator:
        return self.page.get_by_test_id("result")

    @property
    def sign_up_button(self) -> Locator:
        """The one that sends the form; others lead to it."""
        return self.page.locator("form").get_by_role("button", name="Sign up")

    @property
    def player(self) -> Locator:
        return self.page.get_by_test_id("player")

    @property
    def cash(self) -> Locator:
        return self.page.get_by_test_id("cash")

    def tile(self, biome: Biome) -> Locator:
        return self.page.get_by_role("article", name=biome.value.capitalize())

    def price(self, biome: Biome) -> Locator:
        return self.tile(biome).get_by_test_id("price")

    def holding(self, biome: Biome) -> Locator:
        return self.tile(biome).get_by_test_id("holding")

    @property
    def banner(self) -> Locator:
        """What the page says of its connection."""
        return self.page.get_by_test_id("banner")

    def orders(self, status: str | None = None) -> Locator:
        rows = self.page.get_by_test_id("orders").locator("li")
        return rows if status is None else rows.and_(self.page.locator(f"[data-status={status}]"))

    async def see_market(self) -> None:
        """Wait until the seven markets stand there and the stream is live."""
        await expect(self.page.get_by_test_id("price")).to_have_count(len(BIOMES))
        await expect(self.page.get_by_role("group", name="Market heartbeat")).to_contain_text("live")

    async def open(self, view: str) -> None:
        """Go to a view by its address, such as ``biome/snow``; the floor is the empty one."""
        await self.page.evaluate("view => { location.hash = `#/${view}`; }", view)
        await expect(self.page.locator("#view")).to_be_attached()

    async def sign_up(self, username: str | None = None) -> str:
        """Sign up and wait for the opened account; the username."""
        username = username or f"page-{uuid.uuid4().hex[:12]}"
        await self.open("")
        if not await self.page.get_by_label("Username").is_visible():  # a phone has it in a sheet
            await self.page.get_by_role("banner").get_by_role("button", name="Sign up").click()
        await self.page.get_by_label("Username").fill(username)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.sign_up_button.click()
        await expect(self.player).to_have_text(username)
        await expect(self.cash).to_be_visible()
        await self.close_sheet()
        return username

    async def close_sheet(self) -> None:
        """A phone has the ticket in a sheet, over the page."""
        sheet = self.page.get_by_role("dialog")
        if await sheet.count():
            await sheet.get_by_role("button", name="Close").click()
            await expect(sheet).to_have_count(0)

    async def prepare_buy(self, biome: Biome, *, bdt: str, limit: str = "") -> Locator:
        """Fill in the ticket; the button that sends it."""
        name = biome.value.capitalize()
        await self.page.get_by_role("button", name=f"Trade {name}").click()
        await self.page.get_by_text("Buy", exact=True).click()
        await self.page.get_by_label("Amount in BDT").fill(bdt)
        await self.page.get_by_label("Limit price").fill(limit)
        return self.page.get_by_role("button", name=f"Buy {name}")

    async def buy(self, biome: Biome, *, bdt: str, limit: str = "") -> None:
        await (await self.prepare_buy(biome, bdt=bdt, limit=limit)).click()

    async def sell_all(self, biome: Biome) -> None:
        name = biome.value.capitalize()
        await self.page.get_by_role("button", name=f"Trade {name}").click()
        await self.page.get_by_text("Sell", exact=True).click()
        await self.page.get_by_role("button", name="All", exact=True).click()
        await self.page.get_by_role("button", name=f"Sell {name}").click()

    async def see_result(self, beginning: str) -> str:
        """Wait for the outcome of the order placed last; its sentence."""
        await expect(self.result).to_have_text(re.compile(f"^{beginning}"))
        return await self.result.inner_text()

    async def give_attention(self, biome: Biome) -> None:
        await self.page.get_by_role("button", name=f"Give attention to {biome.value.capitalize()}").click()

    async def prices(self) -> list[str]:
        """The seven prices as they stand there, in their order."""
        return await self.page.get_by_test_id("price").all_inner_texts()

    async def tick(self) -> int:
        shown = await self.page.get_by_test_id("tick").inner_text()
        return int(shown.removeprefix("tick ").replace(",", ""))

    async def see_ticks(self, count: int) -> None:
        """Wait until so many more ticks were shown."""
        reached = await self.tick() + count
        await self.page.wait_for_function(
            "reached => Number(document.querySelector('[data-testid=tick]').textContent.replace(/\\D/g, '')) >= reached",
            arg=reached,
            timeout=PATIENCE_MS + count * 1_000,
        )

    async def cash_now(self) -> Decimal:
        return Decimal((await self.cash.inner_text()).replace(",", ""))


async def open_market(
    browser: Browser,
    base_url: str,
    *,
    size: str = "desktop",
    motion: Motion = "reduce",
) -> MarketPage:
    """A new person's browser window on the market: with no cookie of anyone else."""
    context: BrowserContext = await browser.new_context(
        base_url=base_url,
        viewport={"width": SIZES[size]["width"], "height": SIZES[size]["height"]},
        reduced_motion=motion,
    )
    market_page = MarketPage(await context.new_page())
    await market_page.page.goto("/")
    await market_page.see_market()
    return market_page
