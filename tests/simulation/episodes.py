"""Episodes, one seed each, and what they come to."""

import gc
import traceback
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.refold import Wrong
from tests.simulation.world import World

TICKS: Final = (60, 150, 400, 1_000)
"""With faults, of an episode. Short ones begin often; long ones have a past."""
STEPS_TOLD: Final = 60
"""The last ones, in the story of a failure."""
LINE: Final = 400
"""Characters of a step at most: a trace may be long."""


@dataclass
class Tally:
    """What one episode, or many, came to."""

    episodes: int = 0
    ticks: int = 0
    steps: int = 0
    virtual_seconds: float = 0.0
    inputs: int = 0
    outcomes: int = 0
    longest_gap: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.episodes += other.episodes
        self.ticks += other.ticks
        self.steps += other.steps
        self.virtual_seconds += other.virtual_seconds
        self.inputs += other.inputs
        self.outcomes += other.outcomes
        self.longest_gap = max(self.longest_gap, other.longest_gap)
        self.faults += other.faults
        self.exits += other.exits

    @property
    def crashes(self) -> int:
        """Workers that ended without being asked to: killed, or by themselves."""
        killed = sum(count for fault, count in self.faults.items() if fault.startswith("crash "))
        return killed + self.exits.total() - self.exits["STOPPED"]


@dataclass
class Episode:
    """One seed, run to its end."""

    seed: int
    tally: Tally
    trace: int
    """Checksum of everything that was appended: the same seed gives the same."""
    failure: str | None = None
    """What went wrong, with the last steps in words."""


def run_episode(seed: int, *, ticks: int | None = None, only: Collection[str] = ()) -> Episode:
    """The episode of a seed. Everything in it comes from the seed (and from ``ticks`` and ``only``, where given: so many
    ticks with faults, and kinds of faults).
    """
    world = World(seed, only=only)
    failure = None
    gc.disable()  # what an episode leaves goes with it
    try:
        world.run(ticks or Random(f"{seed}/ticks").choice(TICKS))
    except Exception as fault:  # noqa: BLE001 -- whatever stops the audit is a failure of this seed
        failure = _story(world, fault)
    finally:
        gc.enable()
        gc.collect()
    return Episode(seed, _tally(world), world.broker.trace, failure)


def _tally(world: World) -> Tally:
    return Tally(
        episodes=1,
        ticks=world.ticks,
        steps=world.loop.steps,
        virtual_seconds=world.virtual_seconds,
        inputs=world.inputs,
        outcomes=world.auditor.books.outcomes,
        longest_gap=world.longest_gap,
        faults=world.faults,
        exits=world.exits,
    )


def _story(world: World, fault: Exception) -> str:
    steps = [f"{at:10.4f}  {who}: {what}"[:LINE] for at, who, what in list(world.broker.last_steps)[-STEPS_TOLD:]]
    what = str(fault) if isinstance(fault, Wrong) else "".join(traceback.format_exception(fault))
    return "\n".join([*steps, f"{world.loop.now:10.4f}  {what}"])
