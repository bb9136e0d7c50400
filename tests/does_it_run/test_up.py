"""`biome up`, as its user runs it: from nothing, stopped, started again on the same data, and told what it cannot do."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ops.up import NICE
from tests.conftest import free_port
from tests.stack import PATIENT_STALE_MS, OneMarket, Stack, state_of, wait_until

PLAYER = {"username": "survivor", "password": "a long pass phrase"}


@pytest.fixture
def own_stack(one_market: OneMarket, cache_dir: Path, tmp_path: Path) -> Iterator[Stack]:
    """A market of this test's own, without bots."""
    ports = (free_port(), free_port(), free_port(), free_port())
    seeds = {"BIOME_GENESIS_ATTENTION_STALE_MS": str(PATIENT_STALE_MS)}
    stack = Stack(tmp_path, cache_dir=cache_dir, ports=ports, bots=0, settings=seeds)
    with one_market.until_the_next(stack.kill):
        yield stack


def complaints(output: str) -> list[str]:
    """The lines of a console that a newcomer takes for a fault."""
    level = re.compile(
        r'"level": "(warning|error|critical)"|\[(warning|error|critical) *\]|\b(ERROR|FATAL|PANIC)\b|^Traceback'
    )
    return [line for line in output.splitlines() if level.search(line)]


def _alive(pid: int) -> bool:
    """One that has ended and was not waited for yet (a zombie) does not live any more."""
    return state_of(pid) not in "ZX"


@pytest.mark.timeout(400)
def test_a_market_that_was_stopped_goes_on_where_it_was(own_stack: Stack) -> None:
    own_stack.up()
    assert complaints(own_stack.output()) == []
    with httpx.Client(base_url=f"{own_stack.url}/api/v1", timeout=30.0) as api:
        answer = api.post("/auth/register", json=PLAYER)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        bought = api.post(
            "/biome-market/buy", params={"wait": "fill"}, json={"biome": "snow", "amount_bdt": "100"}, headers=bearer
        )
        assert bought.status_code == httpx.codes.OK, bought.text
    started, pids = own_stack.processes(), own_stack.processes().values()
    assert {"kafka", "postgres", "attention", "market", "history", "api", "auditor"} == started.keys()
    own = os.getpriority(os.PRIO_PROCESS, own_stack.pid)
    assert {name: os.getpriority(os.PRIO_PROCESS, pid) for name, pid in started.items()} == {
        name: NICE.get(name, own) for name in started
    }

    second = own_stack.run("up")
    assert second.returncode != 0
    assert "runs already" in second.stdout + second.stderr
    assert "Traceback" not in second.stdout + second.stderr
    assert own_stack.tick() > 0, "the second `up` harmed the first"

    assert own_stack.down() == 0
    wait_until(lambda: not any(map(_alive, pids)), seconds=60, what="no process was left")

    first_run = own_stack.output()
    own_stack.up()
    assert complaints(own_stack.output().removeprefix(first_run)) == []
    with httpx.Client(base_url=f"{own_stack.url}/api/v1", timeout=30.0) as api:
        answer = api.post("/auth/login", json=PLAYER)
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        portfolio = api.get("/biome-market/portfolio", headers=bearer).json()
    assert portfolio["cash_bdt"] == "9898.00"
    assert [held["biome"] for held in portfolio["holdings"] if held["shares"] != "0.00"] == ["snow"]
    assert own_stack.run("audit").returncode == 0
    assert own_stack.run("down").returncode == 0
    assert own_stack.wait() == 0


@pytest.mark.timeout(400)
def test_nothing_outlives_an_up_that_was_killed(own_stack: Stack) -> None:
    own_stack.up()
    pids = list(own_stack.processes().values())
    os.kill(own_stack.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(_alive, pids)), seconds=60, what="every process ended with its supervisor")


def test_smoke_keeps_every_promise(stack: Stack) -> None:
    # It promises three ticks, which is a second and a half of a machine that has nothing else to do.
    smoke = stack.run("smoke", "--url", stack.url, "--patience", "60")
    assert smoke.returncode == 0, smoke.stdout + smoke.stderr
    assert smoke.stdout.count("[OK]") == 11
    assert "Traceback" not in smoke.stderr


@pytest.mark.parametrize(
    ("bench", "measured"),
    [
        (
            ("streams", "--streams", "20", "--seconds", "2"),
            r"order events: (\d+) of \1 came once, 0 were lost, 0 came twice",
        ),
        (("orders", "--rate", "4", "--seconds", "2"), r"answers: \{202: 8\}\norder taken +8 "),
        (("storm", "--orders", "2", "--copies", "5"), r"Each order was filled exactly once\."),
        (("reads", "--clients", "2", "--every", "0.2", "--seconds", "1"), r"p95 as a multiple of "),
    ],
    ids=("streams", "orders", "storm", "reads"),
)
def test_a_benchmark_measures_a_running_market(stack: Stack, bench: tuple[str, ...], measured: str) -> None:
    ran = stack.run("bench", *bench)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(measured, ran.stdout), ran.stdout
    assert "Traceback" not in ran.stderr


def test_a_benchmark_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    nothing = Stack(tmp_path, cache_dir=tmp_path, ports=(1, 2, 3, 4), bots=0)
    for bench in ("reads", "orders", "storm", "streams"):
        ran = nothing.run("bench", bench)
        assert ran.returncode == 1
        assert "Start it (`make up`)" in ran.stderr, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr


def test_status_says_what_runs_and_that_the_market_ticks(stack: Stack) -> None:
    status = stack.run("status")
    assert status.returncode == 0, status.stdout
    assert "market " in status.stdout
    assert "snow" in status.stdout


def test_smoke_against_nothing_says_what_to_do(stack: Stack) -> None:
    smoke = stack.run("smoke", "--url", f"http://127.0.0.1:{free_port()}")
    assert smoke.returncode == 1
    assert "Is Biome Market running at" in smoke.stdout
    assert "Traceback" not in smoke.stdout + smoke.stderr
