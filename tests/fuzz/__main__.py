"""``python -m tests.fuzz --seconds N``: gives every target bytes for a share of the time each.

With atheris installed (``pip install atheris``; Linux on x86 only), guided by coverage of our own modules; without it, at
random from a seed. The bytes that made a target fail are printed and kept in .cache/fuzz.
"""

import argparse
import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.fuzz.targets import TARGETS

KEPT: Final = Path(".cache") / "fuzz"
LONGEST: Final = 1_000
"""Bytes: some hundred choices, enough for a dozen ticks."""
FIRST: Final = 50
"""Random bytes that coverage begins with: from nothing, it takes minutes to the first tick."""


def main() -> None:
    """Fuzz all targets, or the one that is named. Status 1 when one failed."""
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--target", choices=TARGETS, help="instead of all")
    arguments.add_argument("--seed", type=int, default=time.time_ns())
    arguments.add_argument("--replay", type=Path, help="a file with the bytes that made the target fail")
    asked = arguments.parse_args()
    if asked.replay is not None:
        TARGETS[asked.target](asked.replay.read_bytes())
        return
    names = list(TARGETS) if asked.target is None else [asked.target]
    guided = importlib.util.find_spec("atheris") is not None
    KEPT.mkdir(parents=True, exist_ok=True)
    failed = [
        name for name in names if not (_guided if guided else _random)(name, asked.seconds / len(names), asked.seed)
    ]
    sys.exit(f"Failed: {', '.join(failed)}" if failed else 0)


def _guided(name: str, seconds: float, seed: int) -> bool:
    """In a process of its own: libFuzzer ends it."""
    corpus = KEPT / name
    if not corpus.exists():
        corpus.mkdir()
        for number in range(FIRST):
            (corpus / str(number)).write_bytes(random.Random(number).randbytes(LONGEST // 4))
    limits = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={LONGEST}",
        f"-seed={seed % 2**31}",
        "-len_control=0",
    ]
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.guided",
        name,
        *limits,
        f"-artifact_prefix={KEPT}/{name}-",
        str(corpus),
    ]
    print(f"{name}: guided by coverage for {seconds:.0f} s", flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _random(name: str, seconds: float, seed: int) -> bool:
    chance, until, tried = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        data = chance.randbytes(chance.randint(0, LONGEST))
        try:
            TARGETS[name](data)
        except Exception:
            kept = KEPT / f"{name}-failed"
            kept.write_bytes(data)
            print(f"{name}: failed after {tried}; python -m tests.fuzz --target {name} --replay {kept}", flush=True)
            raise
        tried += 1
    print(f"{name}: {tried} held, at random from seed {seed}", flush=True)
    return True


if __name__ == "__main__":
    main()
