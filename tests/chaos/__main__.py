"""`python -m tests.chaos --minutes 10 --seed 7`: faults at random on a real market, until the time is over or one is found that
it did not survive. The same seed chooses the same faults in the same order.
"""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from schemas.environment import Environment
from tests.chaos.campaign import ALL, Campaign, keep_evidence
from tests.chaos.stage import Stage, free_ports, ports_from

SECONDS_A_MINUTE = 60


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long faults happen; then all is audited")
    parser.add_argument("--seed", type=int, default=None, help="chooses the faults; one is made when none is given")
    parser.add_argument("--only", action="append", help="faults whose name has this in it; may be given several times")
    parser.add_argument("--each", action="store_true", help="each of them once, in their order, however long it takes")
    parser.add_argument("--port", type=int, default=None, help="the first of twelve ports [default: free ones]")
    parser.add_argument(
        "--brokers", type=int, choices=(1, 3), default=1, help="how many Kafka runs on; three can be lost one by one"
    )
    parser.add_argument("--list", action="store_true", help="name the faults, and do nothing")
    chosen = parser.parse_args()
    if chosen.list:
        _say("\n".join(ALL))
        return 0
    seed = int(time.time()) if chosen.seed is None else chosen.seed
    _quiet()
    evidence = Path(tempfile.mkdtemp(prefix="chaos-"))
    with tempfile.TemporaryDirectory(prefix="chaos-market-") as data:
        Path(data).chmod(0o755)  # PostgreSQL runs as another user when this one is root
        stage = Stage(
            Path(data),
            cache_dir=Environment().cache_dir.absolute(),
            ports=ports_from(chosen.port) if chosen.port else free_ports(),
            seed=seed,
            brokers=chosen.brokers,
        )
        _say(f"seed {seed}, {chosen.minutes:g} minutes, logs in {data}/logs")
        with stage.running():
            campaign = Campaign(stage, only=chosen.only or [""], say=_say)
            names = campaign.each() if chosen.each else campaign.at_random(seconds=chosen.minutes * SECONDS_A_MINUTE)
            if campaign.run(names):
                evidence.rmdir()
                return 0
            keep_evidence(Path(data), evidence)
            _say(f"Kept in {evidence}.")
            return 1


def _quiet() -> None:
    """The harness's own clients lose their brokers all the time, and say so."""
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
