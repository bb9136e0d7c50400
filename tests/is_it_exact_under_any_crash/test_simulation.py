"""Are the books exact whatever dies, and whenever? The simulator's fixed budget; `make simulate` runs it as long as one likes."""

import os
import subprocess
import sys

import pytest

from tests.simulation.episodes import run_episode

BUDGET = range(1, 9)
"""Seeds of short episodes: some 1,400 ticks and 1,000 faults."""


@pytest.mark.parametrize("seed", BUDGET)
def test_nothing_is_lost_or_doubled_whatever_goes_wrong(seed: int) -> None:
    episode = run_episode(seed, ticks=100)
    assert episode.failure is None, episode.failure
    assert episode.tally.ticks >= 100


def test_the_same_seed_gives_the_same_episode_in_any_process() -> None:
    """Hashes of strings differ between the two, so nothing may depend on the order of a set."""
    program = "from tests.simulation.episodes import run_episode; e = run_episode(5, ticks=60); print(e.trace, e.tally)"
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1] != ""


def test_another_seed_gives_another_episode() -> None:
    assert run_episode(1, ticks=20).trace != run_episode(2, ticks=20).trace
