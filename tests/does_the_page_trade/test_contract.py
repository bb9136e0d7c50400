"""What the page is made of: its types come from the API's OpenAPI document, its packages from a lock that holds on every machine.

That `web/src/api/schema.ts` is what `docs/openapi.json` gives is part of `npm run check`.
"""

import json
from pathlib import Path

from api.openapi import openapi_text

WEB = Path(__file__).parents[2] / "web"


def test_the_page_was_built_against_the_api_as_it_is() -> None:
    assert json.loads((WEB.parent / "docs" / "openapi.json").read_text()) == json.loads(openapi_text()), (
        "The API has changed. Run `python -m api.openapi > docs/openapi.json` and `npm run types` in web/."
    )


def test_the_lock_names_the_packages_of_every_platform_and_no_host() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    locked = {path.rpartition("node_modules/")[2] for path in packages}

    named = {name for package in packages.values() for name in package.get("optionalDependencies", {})}

    assert named <= locked, (
        "A package without its builds for some platforms: `npm ci` refuses it. Take another version."
    )
    assert [path for path, package in packages.items() if "resolved" in package] == []
