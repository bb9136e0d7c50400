"""What a process logs when something fails that nobody thought of: where it was, and never what it held."""

import subprocess
import sys
from pathlib import Path

import pytest

FAILS = """
HELD = "correct", "horse", "battery"  # in pieces, since a traceback shows the lines of the program as well

import structlog
from schemas.environment import Environment
from schemas.logs import configure_logging

def sign_in(password):
    raise RuntimeError("nobody thought of this")

configure_logging(Environment(log_format={log_format!r}), "api")
try:
    sign_in(password=" ".join(HELD))
except RuntimeError:
    structlog.get_logger("api").exception("failed")
"""


@pytest.mark.parametrize("log_format", ["readable", "json"])
def test_an_unexpected_failure_is_logged_without_the_passwords_it_held(tmp_path: Path, log_format: str) -> None:
    program = tmp_path / "fails.py"
    program.write_text(FAILS.format(log_format=log_format))
    ended = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=True, env={"PYTHONPATH": "."}
    )
    assert "nobody thought of this" in ended.stderr
    assert "in sign_in" in ended.stderr
    assert "correct horse battery" not in ended.stderr
