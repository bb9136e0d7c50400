"""What page tests need besides ``base_url``, where a real market runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest
from playwright.async_api import Browser

from tests.does_the_page_trade.chromium import NoChromiumError, running_chromium
from tests.does_the_page_trade.market_page import MarketPage, Scheme, open_market

Visit: TypeAlias = Callable[..., Awaitable[MarketPage]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium. One for each test: it starts in a second, and no test sees another's."""
    try:
        async with running_chromium() as chromium:
            yield chromium
    except NoChromiumError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
async def visit(browser: Browser, base_url: str) -> AsyncIterator[Visit]:
    """Opens the market as a new visitor. At the end, no page may have complained in its console."""
    opened: list[MarketPage] = []

    async def visit(*, size: str = "desktop", scheme: Scheme = "light") -> MarketPage:
        opened.append(await open_market(browser, base_url, size=size, scheme=scheme))
        return opened[-1]

    yield visit
    assert [complaint for market_page in opened for complaint in market_page.complaints] == []
