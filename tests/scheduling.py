"""The order of the tests, and what two processes share out (`make test` runs two: most tests wait for something).

The tests of a whole running market share one, so they stay together in one process; the other takes the rest, a file at a
time.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

WITH_THE_MARKET = (
    "tests/do_the_docs_tell_the_truth/",
    "tests/does_it_run/test_up.py",
    "tests/does_it_survive/",
    "tests/does_the_page_trade/",
)
"""Where tests may ask for the whole running market."""


def order(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In two processes the tests of a whole market come first, since they take longest; in one they come last, so that it
    takes no time from the others, and before them those of the API.
    """
    _refuse_the_market_elsewhere(items)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(WITH_THE_MARKET))
    else:
        items.sort(key=lambda item: ("stack" in _fixtures(item), "api" in item.path.parent.name))


def _refuse_the_market_elsewhere(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in _fixtures(item) and not item.nodeid.startswith(WITH_THE_MARKET):
            raise pytest.UsageError(f"{item.nodeid} runs a whole market: move it to one of {WITH_THE_MARKET}.")


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Units of work: the folders with the market together, any other file alone."""

    def _split_scope(self, nodeid: str) -> str:
        return "the market" if nodeid.startswith(WITH_THE_MARKET) else nodeid.split("::", 1)[0]
