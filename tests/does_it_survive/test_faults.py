"""Each fault of ``tests.chaos`` once, on one real market: two workers of a kind, two replicas of the API, bots, and players who
ask again through the other replica. What it is to survive is said in docs/chaos.md.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.campaign import FAULTS, play
from tests.chaos.faults import NotHere
from tests.chaos.stage import Stage, free_ports
from tests.stack import OneMarket

SEED = 4

LONG = frozenset(
    {
        "pause the standby",
        "pause history",
        "pause an API",
        "pause PostgreSQL",
        "pause Kafka",
        "an API is gone",
        "PostgreSQL is gone",
        "the market's clock is an hour early",
        "attention's clock is an hour wrong",
        "an API's clock is an hour wrong",
        "history's clock is an hour wrong",
    }
)
"""Up to half a minute each, and another cell stands for each of them, some for several at once: `make chaos` has them."""
CELLS = [name for name in FAULTS if name not in LONG]


@pytest.fixture(scope="module")
def stage(one_market: OneMarket, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("chaos")
    stage = Stage(folder, cache_dir=cache_dir, ports=free_ports(), seed=SEED)
    with one_market.until_the_next(stage.stack.kill), stage.running():
        yield stage


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", CELLS)
def test_the_market_survives_when(name: str, stage: Stage) -> None:
    try:
        struck = play(stage, name)
    except NotHere as why:
        pytest.skip(str(why))
    assert not struck.found, f"{struck}\n" + "\n".join(struck.found)


@pytest.mark.timeout(400)
def test_afterwards_the_books_are_exact_and_every_order_has_its_one_outcome(stage: Stage) -> None:
    assert not stage.settle()
    assert not stage.audit()
