"""`biome status`: what runs, the last tick, and how old it is."""

import os
import time
from collections.abc import Callable
from typing import Final

from ops.audit.verdicts import read_last_verdict
from ops.kafka import bootstrap_of, nodes_of
from ops.latest_tick import read_last_tick
from ops.running import read_processes, running_up
from schemas.environment import Environment
from schemas.units import format_amount
from streams.following.verdicts import Said

OLD_SECONDS: Final = 5.0
"""Ten windows: a tick older than this means that the market stands still."""


async def report_status(environment: Environment, say: Callable[[str], None]) -> bool:
    """Say it: whether the market ticks."""
    data_dir = environment.data_dir.absolute()
    pid = running_up(data_dir)
    if pid is None:
        say(f"No `biome up` runs on {data_dir}.")
    else:
        say(f"`biome up` runs on {data_dir} (process {pid}).")
        for name, child in read_processes(data_dir).items():
            say(f"  {name:<12} {f'process {child}' if _lives(child) else 'is being started again'}")
    bootstrap = bootstrap_of(nodes_of(environment)) if pid is not None else environment.kafka_bootstrap
    tick = await read_last_tick(bootstrap)
    if tick is None:
        say(f"No tick is to be read from Kafka at {bootstrap}.")
        return False
    age = time.time() - tick.closed_at / 1000
    say(f"Tick {tick.tick}, {age:.1f} s old, {tick.accounts} accounts.")
    for market in tick.markets:
        say(
            f"  {market.biome:<10} {format_amount(int(market.price)):>14} BDT a share{'  halted' if market.halted else ''}"
        )
    if tick.halted:
        say("Trading is halted.")
    say(_about_the_audit(await read_last_verdict(bootstrap), tick.tick))
    return age < OLD_SECONDS


def _about_the_audit(said: Said | None, tick: int) -> str:
    if said is not None and said.outstanding is not None:
        wrong = said.outstanding
        return f"The audit found a mismatch at tick {wrong.tick}: {wrong.found[0]}. `biome audit --accept {wrong.tick}` once you have looked."
    if said is None or said.verified is None:
        return "No auditor has verified anything yet (`biome run auditor`)."
    return f"Verified through tick {said.verified.tick} ({max(0, tick - said.verified.tick)} behind), PostgreSQL through {said.verified.postgres}."


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's: PostgreSQL, started by root
    return True
