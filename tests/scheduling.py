"""The order of the tests, what two processes share out (`make test` runs two: most tests wait for something), and how long each
may take.

Whole markets are heavy, so a process runs one at a time. Those tests that share one stay together, and those that hurt one of
their own; the rest is shared out a file at a time.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

WITH_THE_MARKET: Final = (
    "tests/do_the_docs_tell_the_truth/",
    "tests/does_it_run/test_up.py",
    "tests/does_it_survive/test_bad_messages.py",
    "tests/does_the_page_trade/",
)
"""Where tests may ask for the whole running market."""
WITH_THE_API: Final = "tests/does_the_api_answer/"
"""Most of these share the processes of a smaller market, which would be started by both otherwise."""
WITH_FAULTS: Final = ("tests/does_it_survive/test_faults.py", "tests/does_it_survive/test_three_brokers.py")
"""Each file runs whole markets of its own, for minutes."""
WHILE_FAULTS_RUN: Final = (
    "tests/does_it_keep_the_laws/",
    "tests/is_it_exact_under_any_crash/",
    "tests/is_faust_made_safe/",
    "tests/are_the_books_exact/",
)
"""What the other process does meanwhile: about as long as the faults. Pure cores come first: Kafka's files are got and made ready by
the first who needs it, once.
"""
TURNS: Final[tuple[str | tuple[str, ...], ...]] = (WITH_FAULTS, *WHILE_FAULTS_RUN, WITH_THE_MARKET, WITH_THE_API)
"""One after the other, and whatever is left after them."""
STARTED_ONCE: Final = frozenset(
    {"kafka", "kafka_of_the_api", "kafka_of_history", "market", "postgres", "stack", "stage"}
)
"""Fixtures that start servers, within the first test that asks for them, whichever that is."""
STARTING_SECONDS: Final = 420.0
"""That such a test may take longer for it. It is longer than any wait for a start, so that what fails says so itself."""


def order(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest comes first when two processes share: the faults; the market that is shared comes when they are about
    over, with the API beside it, and small files at the end even it out. One process does the whole markets last, so that they
    take no time from the others, and before them the API.
    """
    _refuse_the_market_elsewhere(items)
    _allow_for_starting(config, items)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (_turn(item), _wants_its_own(item)))
    else:
        items.sort(
            key=lambda item: (
                _has_faults(item),
                _wants_its_own(item),
                "stack" in _fixtures(item),
                "api" in item.path.parent.name,
            )
        )


def _refuse_the_market_elsewhere(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in _fixtures(item) and not _is_with_the_market(item):
            raise pytest.UsageError(f"{item.nodeid} runs a whole market: move it to one of {WITH_THE_MARKET}.")


def _allow_for_starting(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The limit of a test counts while its fixtures are made. `--timeout 0` is no limit, as ever."""
    usual = config.getoption("timeout", None)
    if usual is None:
        usual = config.getini("timeout")
    if not float(usual or 0):
        return
    for item in items:
        if STARTED_ONCE.intersection(_fixtures(item)):
            own = item.get_closest_marker("timeout")
            seconds = float(own.args[0] if own is not None else usual)
            item.add_marker(pytest.mark.timeout(seconds + STARTING_SECONDS), append=False)


def _has_faults(item: pytest.Item) -> bool:
    return item.nodeid.startswith(WITH_FAULTS)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, begins in enumerate(TURNS) if item.nodeid.startswith(begins)), len(TURNS))


def _is_with_the_market(item: pytest.Item) -> bool:
    return item.nodeid.startswith(WITH_THE_MARKET)


def _wants_its_own(item: pytest.Item) -> bool:
    """It ends the market that is shared, so it comes after all who share it."""
    return "own_stack" in _fixtures(item)


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Units of work: the tests of the shared market together, those of the API, those with faults, and any other file alone."""

    def add_node_collection(self, node: object, collection: Sequence[str]) -> None:
        """Of tests that have the same name xdist would run one, and say nothing of the others."""
        several = {name: count for name, count in Counter(collection).items() if count > 1}
        if several:
            raise pytest.UsageError(f"Each test needs a name of its own: {several}. Have pytest or a plugin changed?")
        super().add_node_collection(node, collection)

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WITH_FAULTS):
            return "faults"
        if nodeid.startswith(WITH_THE_API):
            return "the API"
        return "the market" if nodeid.startswith(WITH_THE_MARKET) else nodeid.split("::", 1)[0]
