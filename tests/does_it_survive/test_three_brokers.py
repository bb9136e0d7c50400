"""Three brokers, each partition on all of them, two of which must have a write: one may be lost, and with two lost nothing is
taken that could be lost: the API says 503.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.campaign import OF_THREE_BROKERS, play
from tests.chaos.stage import Stage, free_ports
from tests.stack import OneMarket

SEED = 5
CELLS = [name for name in OF_THREE_BROKERS if name != "the leader is gone for a minute"]
"""A Kafka that is gone for a minute is in test_faults.py: all of it. `make chaos BROKERS=3` has the leader too."""


@pytest.fixture(scope="module")
def stage(one_market: OneMarket, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("brokers")
    stage = Stage(folder, cache_dir=cache_dir, ports=free_ports(), seed=SEED, brokers=3)
    with one_market.until_the_next(stage.stack.kill), stage.running():
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


@pytest.mark.timeout(400)
def test_all_brokers_stop_in_good_order(stage: Stage) -> None:
    """Also the last one, which finds nobody to hand over to. A broker that is killed leaves no such file."""
    assert stage.stack.down() == 0
    kept = [stage.stack.folder / broker / "data" / ".kafka_cleanshutdown" for broker in stage.brokers]
    assert all(file.exists() for file in kept)
