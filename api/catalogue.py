"""Every code with which the API says no, as a page: ``python -m api.catalogue > docs/errors.md``. A test holds the page against this."""

import sys
from typing import Final

from api.problems import CATALOGUE, Kind, rejection_kind
from schemas.rejections import Rejection

HEAD: Final = """\
# What the API answers when it says no

Every refusal is an RFC 9457 problem document (`application/problem+json`) with a `code` that stays the same for ever. Programs go by the code,
people by the `detail`, which says it for the case at hand.

```json
{"type": "urn:biome-market:problem:LIMIT_NOT_MET", "title": "Order rejected", "status": 409,
 "detail": "The price of the tick was worse than the limit price.", "code": "LIMIT_NOT_MET", "order": {"order_id": "…"}}
```

A 429 and a 503 say in `Retry-After` when to come back. Whatever the answer to an order was, or if none came: send it again with the same
`client_order_id` or `Idempotency-Key`, and it happens once.

The OpenAPI document names at each operation the refusals that it may give. `METHOD_NOT_ALLOWED` is at none: it is the answer to a method
that has no operation there.
"""


def page() -> str:
    """The whole page, as Markdown."""
    rejections = [rejection_kind(code) for code in Rejection]
    return "\n".join(
        [
            HEAD,
            "## Refusals\n",
            *_table(CATALOGUE),
            "",
            "## Rejected orders\n",
            "With `wait=fill` a rejected order is a 409 with the reason's code and the order; else the order says it in `rejection`. The first",
            "reason that applies is given, in this order:\n",
            *_table(rejections),
            "",
        ]
    )


def _table(kinds: "tuple[Kind, ...] | list[Kind]") -> list[str]:
    rows = [f"| `{kind.code}` | {int(kind.status)} | {kind.title} | {kind.what_to_do} |" for kind in kinds]
    return ["| code | status | what | what to do |", "| --- | --- | --- | --- |", *rows]


if __name__ == "__main__":
    sys.stdout.write(page())
