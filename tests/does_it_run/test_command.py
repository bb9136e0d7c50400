"""Does the command explain itself, and put mistakes into sentences?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.directories import free_port, require_space
from ops.process import StartupProblem
from schemas.environment import Environment

ROOT = Path(__file__).parents[2]


def biome(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ops.command", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("BIOME_")}, "COLUMNS": "200", **variables},
    )


def test_the_help_names_every_command() -> None:
    shown = biome("--help")
    assert shown.returncode == 0
    for command in ("up", "down", "status", "run", "settings", "topics", "db", "bots", "smoke", "audit"):
        assert f" {command} " in shown.stdout


@pytest.mark.parametrize("command", ["up", "down", "status", "run", "settings", "bots", "smoke", "audit"])
def test_each_command_has_help_of_its_own(command: str) -> None:
    shown = biome(command, "--help")
    assert shown.returncode == 0
    assert "Usage:" in shown.stdout


def test_settings_lists_every_variable_with_its_meaning_and_masks_secrets() -> None:
    secret = "a secret that nobody may read, 32 bytes long"
    shown = biome("settings", BIOME_JWT_SECRET=secret, BIOME_API_PORT="8123")
    assert shown.returncode == 0
    for name, field in Environment.model_fields.items():
        assert f"BIOME_{name.upper()}=" in shown.stdout
        assert str(field.description) in shown.stdout
    assert "BIOME_API_PORT=8123  (default 8000)" in shown.stdout
    assert secret not in shown.stdout


@pytest.mark.parametrize(
    ("variable", "value"),
    [("BIOME_API_PORT", "eighty"), ("BIOME_API_PORT", "70000"), ("BIOME_WINDOW_MS", "1"), ("BIOME_WORKER_ID", "a b")],
)
def test_a_wrong_setting_is_told_in_a_sentence(variable: str, value: str) -> None:
    shown = biome("settings", **{variable: value})
    assert shown.returncode == 2
    assert f"{variable} is '{value}', and that will not do" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_wrong_secret_is_not_shown() -> None:
    shown = biome("settings", BIOME_DATABASE_POOL="0", BIOME_JWT_SECRET="short")
    assert shown.returncode == 2
    assert "short" not in shown.stderr


def test_down_where_nothing_runs_says_so(tmp_path: Path) -> None:
    shown = biome("down", BIOME_DATA_DIR=str(tmp_path / "none"))
    assert (shown.returncode, shown.stdout) == (0, f"Nothing runs on {tmp_path / 'none'}.\n")


def test_status_where_nothing_runs_says_so(tmp_path: Path) -> None:
    shown = biome("status", BIOME_DATA_DIR=str(tmp_path), BIOME_KAFKA_BOOTSTRAP=f"127.0.0.1:{free_port()}")
    assert shown.returncode == 1
    assert f"No `biome up` runs on {tmp_path}." in shown.stdout
    assert "Traceback" not in shown.stderr


def test_migrating_without_a_database_is_told_with_the_setting() -> None:
    shown = biome("db", "migrate", BIOME_DATABASE_URL=f"postgresql://biome@127.0.0.1:{free_port()}/biome")
    assert shown.returncode == 1
    assert "BIOME_DATABASE_URL" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_data_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    shown = biome("up", "--bots", "0", BIOME_DATA_DIR=str(tmp_path / "file" / "data"))
    assert shown.returncode == 1
    assert "BIOME_DATA_DIR" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_disk_without_room_is_told_before_anything_is_written() -> None:
    full = Path("/proc")  # a file system that has no free space at all
    with pytest.raises(StartupProblem, match=r"almost full: 0 MiB are free.*BIOME_DATA_DIR"):
        require_space(full)
