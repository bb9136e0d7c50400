"""What page tests need besides ``base_url``, where a real market runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.does_the_page_trade.chromium import NoChromiumError, running_chromium
from tests.does_the_page_trade.market_page import MarketPage, Motion, open_market

Visit: TypeAlias = Callable[..., Awaitable[MarketPage]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium for the tests of one file; each visit has a window with cookies of its own."""
    try:
        async with running_chromium() as chromium:
            yield chromium
    except NoChromiumError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, base_url: str) -> AsyncIterator[Visit]:
    """Opens the market as a new visitor. At the end, no page may have complained in its console."""
    opened: list[MarketPage] = []

    async def visit(*, size: str = "desktop", motion: Motion = "reduce") -> MarketPage:
        opened.append(await open_market(browser, base_url, size=size, motion=motion))
        return opened[-1]

    yield visit
    for market_page in opened:
        await market_page.page.context.close()
    assert [complaint for market_page in opened for complaint in market_page.complaints] == []
