"""``python -m tests.simulation``: episodes one after the other, for as long as one likes."""

import argparse
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from typing import Final

from tests.simulation.episodes import Episode, Tally, run_episode

LINE_SECONDS: Final = 2.0
SEEDS: Final = 1_000_000_000


def main() -> int:
    """Exit status 0: nothing was wrong."""
    options = _options()
    _print(f"First seed {options.seed}; each episode has the next one.")
    tally, began, said = Tally(), time.monotonic(), time.monotonic()
    for episode in _episodes(options, began):
        tally.add(episode.tally)
        if episode.failure is not None:
            _print(f"\n{episode.failure}\n\nReplay: python -m tests.simulation --seed {episode.seed} --episodes 1")
            return 1
        if time.monotonic() - said > LINE_SECONDS:
            said = time.monotonic()
            _say(tally, seconds=said - began)
    _print(_table(tally, seconds=time.monotonic() - began))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=None, help="begin no episode after so many seconds")
    parser.add_argument("--ticks", type=int, default=None, help="begin no episode after so many ticks")
    parser.add_argument("--episodes", type=int, default=None, help="so many episodes")
    parser.add_argument("--seed", type=int, default=None, help="of the first episode (default: chance)")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    if options.seconds is options.ticks is options.episodes is None:
        options.seconds = 60.0
    if options.seed is None:
        options.seed = secrets.randbelow(SEEDS)
    return options


def _episodes(options: argparse.Namespace, began: float) -> Iterator[Episode]:
    """Until one of the limits is reached. After a failure no more are asked for."""
    ticks = 0
    seeds = count(options.seed)
    left = options.episodes

    def may_begin() -> bool:
        return (
            (left is None or left > 0)
            and (options.ticks is None or ticks < options.ticks)
            and (options.seconds is None or time.monotonic() - began < options.seconds)
        )

    if options.jobs == 1:
        while may_begin():
            episode = run_episode(next(seeds))
            ticks += episode.tally.ticks
            left = None if left is None else left - 1
            yield episode
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        running: set[Future[Episode]] = set()
        while may_begin() or running:
            while may_begin() and len(running) < options.jobs:
                running.add(pool.submit(run_episode, next(seeds)))
                left = None if left is None else left - 1
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                ticks += future.result().tally.ticks
                yield future.result()


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _say(tally: Tally, *, seconds: float) -> None:
    _print(
        f"{seconds:7.0f} s  {tally.episodes:6,} episodes  {tally.ticks:10,} ticks ({tally.ticks / seconds:,.0f}/s)  "
        f"{tally.faults.total():9,} faults  {tally.crashes:7,} crashes  {tally.outcomes:9,} outcomes"
    )


def _table(tally: Tally, *, seconds: float) -> str:
    minutes = max(seconds, 0.001) / 60
    rows: list[tuple[str, float]] = [
        ("episodes", tally.episodes),
        ("ticks, each audited", tally.ticks),
        ("faults", tally.faults.total()),
        ("crashes", tally.crashes),
        ("inputs of the market", tally.inputs),
        ("outcomes of orders", tally.outcomes),
        ("steps", tally.steps),
        ("virtual hours", tally.virtual_seconds / 3_600),
    ]
    lines = [f"\n{'':44}{'in all':>14}{'a minute':>14}"]
    lines += [f"{name:44}{number:14,.0f}{number / minutes:14,.0f}" for name, number in rows]
    lines.append(f"\n{'faults by kind':44}")
    lines += [f"  {name:42}{number:14,}{number / minutes:14,.0f}" for name, number in tally.faults.most_common()]
    lines.append(f"\n{'workers that ended themselves':44}")
    lines += [f"  {name:42}{number:14,}{number / minutes:14,.0f}" for name, number in tally.exits.most_common()]
    lines.append(f"\nLongest time without a tick: {tally.longest_gap:.0f} virtual seconds. Nothing was wrong.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
