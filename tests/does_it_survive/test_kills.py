"""`kill -9` of any one process while bots trade: afterwards the books are exact, and nothing happened twice."""

import os
import signal

import pytest

from tests.stack import Stack, wait_until

BACK_SECONDS = 90
"""Kafka takes some seconds to come back after SIGKILL, and those who use it some more."""
TICKS_AFTER = 6


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["attention", "market", "history", "api", "postgres", "kafka", "bots"])
def test_the_books_are_exact_after_kill_9_of(name: str, stack: Stack) -> None:
    stack.wait_for_orders()
    killed = stack.processes()[name]
    tick = stack.tick()

    os.kill(killed, signal.SIGKILL)

    wait_until(
        lambda: stack.processes().get(name, killed) != killed,
        seconds=BACK_SECONDS,
        what=f"{name} was started again\n{stack.output()[-3000:]}",
    )
    wait_until(
        lambda: stack.tick() > tick + TICKS_AFTER,
        seconds=BACK_SECONDS,
        what=f"the market ticked on\n{stack.output()[-3000:]}",
    )
    stack.wait_for_orders()
    assert f"{name} was ended by SIGKILL" in stack.output(), "the restart was not said aloud"
    audit = stack.run("audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert "[OK]" in audit.stdout
