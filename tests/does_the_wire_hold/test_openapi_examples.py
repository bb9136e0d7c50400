"""The examples of the OpenAPI document are what it says they are."""

import json
from typing import Any

import jsonschema
import pytest

from api.openapi import openapi_text

DOCUMENT: dict[str, Any] = json.loads(openapi_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
WITH_EXAMPLES = sorted(name for name, schema in SCHEMAS.items() if "examples" in schema)
SHOWN = {"Candle", "Holding", "PriceMove", "QuoteOf", "Standing"}


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_an_example_is_valid(name: str) -> None:
    validator = jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **DOCUMENT})
    for example in SCHEMAS[name]["examples"]:
        validator.validate(example)
        fields = SCHEMAS[name]["properties"]
        assert set(example) <= set(fields), "an example shows only fields that there are"


def test_market_data_and_quotes_are_shown_by_example() -> None:
    assert set(WITH_EXAMPLES) >= SHOWN


def test_bounds_are_named_as_json_schema_names_them() -> None:
    """Pydantic passes on its own names when it cannot see what a bound is of: generated clients do not know them."""
    text = json.dumps(DOCUMENT)
    assert not [name for name in ("ge", "le", "gt", "lt", "multiple_of") if f'"{name}":' in text]
