"""axe-core in the page, as the page's own packages pin it."""

from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

# Best practices are advice; the rest are faults by WCAG 2.2 A and AA.
RUN: Final = """
async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
  // On a phone a button floats over what scrolls under it; axe takes what it covers at this moment for too small.
  rules: { "target-size": { enabled: document.querySelector(".trade-button")?.checkVisibility() !== true } },
})).violations
"""


async def faults_of(page: Page) -> list[str]:
    """What axe finds wrong with what is on the screen, a line each."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text())
    violations: list[dict[str, Any]] = await page.evaluate(RUN)
    return [
        f"{violation['id']}: {violation['help']}: {' | '.join(node['html'][:160] for node in violation['nodes'][:3])}"
        for violation in violations
    ]
