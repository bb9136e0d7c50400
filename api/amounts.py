"""Numbers in HTTP bodies. Amounts are decimal strings outside, whole micro units inside; a JSON number is refused for one."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.units import LARGEST_AMOUNT, AmountError, parse_amount

DECIMAL_PATTERN = r"^(?!0(\.0+)?$)(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
"""What ``parse_amount`` takes, without zero."""


def _positive_micro(value: Any) -> int:
    if not isinstance(value, str):
        raise PydanticCustomError(
            "amount_is_not_text",
            'An amount is a decimal string, such as "100.25". A JSON number may be rounded on its way, so it is refused.',
        )
    try:
        micro = parse_amount(value)
    except AmountError as fault:
        raise PydanticCustomError("amount_is_not_decimal", "{sentence}", {"sentence": str(fault)}) from None
    if not 0 < micro <= LARGEST_AMOUNT:
        raise PydanticCustomError("amount_out_of_range", "An amount is more than zero and at most 999999999999.999999.")
    return micro


AmountIn: TypeAlias = Annotated[
    int,
    BeforeValidator(_positive_micro),
    WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN, "examples": ["100.25"]}),
]
"""Micro units, from a decimal string that is more than zero."""

AmountOut: TypeAlias = Annotated[str, Field(examples=["100.25"], description="A decimal string, exact.")]
"""A decimal string, made by ``schemas.units.format_amount``."""


def _whole(number: Any) -> Any:
    """3.0 is an integer to JSON Schema, and so to clients that are made from the OpenAPI document."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_whole)
"""Of a strict int: a JSON number without a fraction, so that a text or true is none. It comes after the ``Field`` with the bounds:
pydantic does not describe bounds that come after it as OpenAPI's minimum and maximum.
"""


def instant(milliseconds: int) -> datetime:
    """Milliseconds since the Unix epoch as an aware time, which JSON shows as RFC 3339 in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
