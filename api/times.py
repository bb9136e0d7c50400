"""Moments in requests: RFC 3339 with its offset. A number is none: whether of seconds or milliseconds would be a guess."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.units import Millis

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def _moment(value: Any) -> datetime:
    fault = PydanticCustomError("not_a_time", 'A time is RFC 3339 with its offset, such as "2026-01-31T12:00:00Z".')
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise fault
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise fault from None


def _milliseconds(value: Any) -> Millis:
    """Rounded down. Years before 1970 are negative: a moment before everything is a moment all the same."""
    return (_moment(value) - _EPOCH) // _MILLISECOND


MomentIn: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]
"""A moment with its offset."""

TimeIn: TypeAlias = Annotated[
    int,
    BeforeValidator(_milliseconds),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]}),
]
"""The same in milliseconds since the Unix epoch."""
