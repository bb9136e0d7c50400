"""Three brokers, each partition on all of them, two of which must have a write: one may be lost, and with two lost nothing is
taken that could be lost.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.campaign import OF_THREE_BROKERS, play
from tests.chaos.stage import Stage, free_ports

SEED = 5
CELLS = [name for name in OF_THREE_BROKERS if "minute" not in name]
"""`make chaos` with three brokers has the others: `python -m tests.chaos --brokers 3`."""


@pytest.fixture(scope="module")
def stage(cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("brokers")
    with Stage(folder, cache_dir=cache_dir, ports=free_ports(), seed=SEED, brokers=3).running() as stage:
        yield stage


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", CELLS)
def test_the_market_survives_when(name: str, stage: Stage) -> None:
    struck = play(stage, name)
    assert not struck.found, f"{struck}\n" + "\n".join(struck.found)


@pytest.mark.timeout(400)
def test_afterwards_nothing_that_was_taken_is_lost(stage: Stage) -> None:
    assert not stage.settle()
    assert not stage.audit()
