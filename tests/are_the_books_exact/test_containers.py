"""The auditor runs where the market runs in containers, and its snapshots outlive it."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def services(file: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / file).read_text())["services"]
    return found


def test_an_auditor_runs_beside_the_containers_with_a_volume_for_its_snapshots() -> None:
    (auditor,) = [one for one in services("docker-compose.yml").values() if one.get("command") == "biome run auditor"]
    (volume,) = auditor["volumes"]
    assert volume.split(":")[1] == auditor["environment"]["BIOME_DATA_DIR"]
    assert f"install -d -o nobody {volume.split(':')[1]}" in (ROOT / "Dockerfile").read_text()


def test_every_process_of_ours_knows_the_three_brokers() -> None:
    ours = {name for name, one in services("docker-compose.yml").items() if one.get("image") == "biome-market"}
    three = services("docker-compose.three-brokers.yml")
    assert {
        name
        for name in ours
        if "kafka-3" in three.get(name, {}).get("environment", {}).get("BIOME_KAFKA_BOOTSTRAP", "")
    } == ours
