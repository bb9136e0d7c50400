"""The page's types come from the API's OpenAPI document: the copy that they are made from must be that very document.

That ``web/src/api/schema.ts`` is what the copy gives is part of ``npm run check``.
"""

import json
from pathlib import Path

from api.application import create_application
from schemas.environment import Environment

COPY = Path(__file__).parents[2] / "web" / "openapi.json"


def test_the_page_was_built_against_the_api_as_it_is() -> None:
    assert json.loads(COPY.read_text()) == json.loads(json.dumps(create_application(Environment()).openapi())), (
        "The API has changed. Run `python -m api.openapi > web/openapi.json` and `npm run types` in web/."
    )
