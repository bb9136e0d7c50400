"""Does the AsyncAPI document say what the topics are, and is the copy in docs/ today's?"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.asyncapi import document
from schemas.topics import TOPICS

COPY = Path(__file__).parents[2] / "docs" / "asyncapi.json"
DOCUMENT = document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for one in part for found in references(one)]
    if isinstance(part, dict):
        here = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return here + [found for one in part.values() for found in references(one)]
    return []


def test_the_copy_in_the_docs_is_todays() -> None:
    assert json.loads(COPY.read_text()) == DOCUMENT, "python -m schemas.asyncapi > docs/asyncapi.json"


def test_every_topic_that_is_not_state_is_a_channel_with_its_messages() -> None:
    public = {topic.name: topic for topic in TOPICS if not topic.name.endswith("-changelog")}
    assert set(DOCUMENT["channels"]) == set(public)
    for name, channel in DOCUMENT["channels"].items():
        assert set(channel["messages"]) == {str(kind.__struct_config__.tag) for kind in public[name].messages}
        assert channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] == public[name].retention_ms


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert found
    for reference in found:
        assert resolved(reference)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_example_of_a_message_holds_against_its_schema(name: str) -> None:
    message = MESSAGES[name]
    schema = {"$ref": message["payload"]["$ref"], "components": DOCUMENT["components"]}
    for example in message["examples"]:
        jsonschema.validate(example["payload"], schema, jsonschema.Draft202012Validator)
