"""``python -m api.openapi`` prints the OpenAPI document. It needs neither Kafka nor PostgreSQL: the page's types come from it."""

import json
import sys
from functools import cache

from api.application import create_application
from schemas.environment import Environment


@cache
def openapi_text() -> str:
    """The document as JSON. It takes a second to make, the first time."""
    return json.dumps(create_application(Environment()).openapi(), indent=2)


def main() -> None:
    """Print the document."""
    sys.stdout.write(openapi_text() + "\n")


if __name__ == "__main__":
    main()
