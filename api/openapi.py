"""``python -m api.openapi`` prints the OpenAPI document. It needs neither Kafka nor PostgreSQL: the page's types come from it."""

import json
import sys

from api.application import create_application
from schemas.environment import Environment


def main() -> None:
    """Print the document as JSON."""
    document = create_application(Environment()).openapi()
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
