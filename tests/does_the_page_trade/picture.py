"""Makes the README's picture of the page, of a market that runs:

python -m tests.does_the_page_trade.picture http://127.0.0.1:8000 docs/page.png
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from schemas.biomes import Biome
from tests.does_the_page_trade.chromium import NoChromiumError, running_chromium
from tests.does_the_page_trade.market_page import open_market

LIVELY_TICKS: Final = 80
"""Ticks to watch first, so that the sparklines have a shape: 40 s."""
USAGE: Final = "usage: python -m tests.does_the_page_trade.picture BASE_URL FILE.png"


async def take_picture(base_url: str, file: Path) -> None:
    """A player with some holdings, on a desktop, with the market moving around them."""
    async with running_chromium() as browser:
        player = await open_market(browser, base_url)
        await player.sign_up()
        for biome, bdt in ((Biome.OCEAN, "900"), (Biome.MOUNTAIN, "1200"), (Biome.FOREST, "700")):
            await player.buy(biome, bdt=bdt)
            await player.see_result("Filled: bought")
        await player.see_ticks(LIVELY_TICKS)
        await player.page.evaluate("window.scrollTo(0, 0)")
        await player.page.screenshot(path=file)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(USAGE)
    try:
        asyncio.run(take_picture(sys.argv[1], Path(sys.argv[2])))
    except NoChromiumError as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
