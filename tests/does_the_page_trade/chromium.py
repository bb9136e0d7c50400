"""The Chromium that page tests drive: an installed one, else Playwright's own download, else a sentence on how to get one."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Playwright, async_playwright

INSTALLED_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_ONE: Final = (
    "Page tests drive a real Chromium, and none was found. Install your system's package (`apt-get install chromium`), or let"
    " Playwright download its own (`playwright install chromium`)."
)

# A window draws pages of its own for its address bar, which nobody sees: two thirds of what a new window costs. Chromium heeds the last
# such list, so what concerns us of Playwright's own is said again.
_NOT_NEEDED: Final = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
)
# Chromium calls home at every start unless it is told not to: tests must not depend on a network.
_QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    f"--disable-features={','.join(_NOT_NEEDED)}",
)


class NoChromiumError(Exception):
    """No browser to drive; the message says how to get one."""


def chromium_path(playwright: Playwright) -> str:
    """Path of a Chromium that exists.

    Raises:
        NoChromiumError: there is none.
    """
    for name in INSTALLED_NAMES:
        if installed := shutil.which(name):
            return installed
    downloaded = playwright.chromium.executable_path
    if Path(downloaded).exists():
        return downloaded
    raise NoChromiumError(HOW_TO_GET_ONE)


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A headless Chromium that is gone at the end."""
    async with async_playwright() as playwright:
        # Chromium's sandbox refuses to start as root, which CI is; the only pages that it opens are our own.
        as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        browser = await playwright.chromium.launch(executable_path=chromium_path(playwright), args=[*_QUIET, *as_root])
        try:
            yield browser
        finally:
            await browser.close()
