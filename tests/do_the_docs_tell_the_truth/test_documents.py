"""Links lead somewhere, and what the documents say of the code is so."""

from pathlib import Path

import pytest
import yaml

from ops.command import app
from schemas.biomes import BIOMES
from schemas.decoding import LARGEST_PINGS
from schemas.environment import Environment
from schemas.topics import FOREVER, TOPICS
from streams.durable.dying import Exit
from streams.history.partitions import KEPT_MS, TICKS_A_PARTITION
from streams.history.standings import EVERY_SECONDS
from tests.do_the_docs_tell_the_truth.documents import DOCUMENTS, ROOT, links, snippets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path: Path) -> None:
    for target in links(path):
        if target.startswith(("http://", "https://")):
            continue
        file, _, heading = target.partition("#")
        there = path if not file else path.parent / file
        assert there.exists(), f"{path.name} links to {target}"
        if heading:
            headings = [
                line.lstrip("# ").lower().replace(" ", "-")
                for line in there.read_text().splitlines()
                if line.startswith("#")
            ]
            assert heading in headings, f"{path.name} links to {target}"


def test_the_pages_for_game_clients_and_analysts_have_snippets_in_more_than_one_language() -> None:
    languages = {(snippet.document, snippet.language) for snippet in snippets()}
    assert {("game-clients.md", "python"), ("game-clients.md", "javascript"), ("game-clients.md", "bash")} <= languages
    assert {("analysts.md", "python"), ("analysts.md", "javascript")} <= languages


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        assert f"`biome {name}" in readme or f"`{name}`" in readme, f"the README does not name `biome {name}`"


def test_the_page_for_game_clients_names_every_biome_and_the_default_cap() -> None:
    page = (ROOT / "docs" / "game-clients.md").read_text()
    assert all(f"`{biome}`" in page for biome in BIOMES)
    assert f"**{Environment().attention_cap} points a window**" in page
    assert LARGEST_PINGS == 256 * 1024, "the page says how many pings a message takes"


def test_the_compose_file_runs_every_process_of_ours_with_settings_that_exist() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    commands = {service["command"] for service in services.values() if "command" in service}
    assert {f"biome run {process}" for process in ("attention", "market", "history", "api")} <= commands
    for name, service in services.items():
        for variable in service.get("environment", {}):
            if variable.startswith("BIOME_"):
                assert variable.removeprefix("BIOME_").lower() in Environment.model_fields, f"{name}: {variable}"
        for needed in service.get("depends_on", {}):
            assert needed in services


def test_workers_of_one_kind_have_ids_of_their_own_in_the_compose_file() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for process in ("attention", "market"):
        workers = [service for service in services.values() if service.get("command") == f"biome run {process}"]
        assert len(workers) == 2
        assert len({worker["environment"]["BIOME_WORKER_ID"] for worker in workers}) == 2


def test_the_table_of_topics_is_what_is_declared() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    for topic in TOPICS:
        partitions = topic.partitions or "`BIOME_ATTENTION_SHARDS`"
        kept = "compacted" if topic.compacted else "for ever" if topic.retention_ms == FOREVER else "7 days"
        cells = (f"`{topic.name}`", topic.key, partitions, ", ".join(topic.writers), ", ".join(topic.readers), kept)
        assert "| " + " | ".join(map(str, cells)) + " |" in page


def test_the_table_of_exit_statuses_has_every_one() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert all(str(status.value) in page for status in Exit)


def test_the_page_for_operators_says_how_long_ticks_are_kept() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert f"{KEPT_MS // 3_600_000} h of log time" in page
    assert f"partitions of {TICKS_A_PARTITION:,} ticks" in page
    assert f"anew every {EVERY_SECONDS:.0f} s" in page
