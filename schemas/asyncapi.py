"""The AsyncAPI 3 document of the topics, made from their declarations. ``python -m schemas.asyncapi`` prints it; the API
serves it at /asyncapi.json, and docs/asyncapi.json is a copy that a test holds against it.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.messages.fields import Message
from schemas.messages.market_ticks import HASH_HEADER, Tick
from schemas.topics import TOPICS, Topic

ASYNCAPI: Final = "3.0.0"
KAFKA_BINDING: Final = "0.5.0"
EXAMPLES: Final = Path(__file__).with_name("examples")
USUAL_SHARDS: Final = 4
"""Partitions by attention in the document: the default of BIOME_ATTENTION_SHARDS."""

DESCRIPTION: Final = """\
What goes over Kafka. JSON on the wire, strict: a message with an unknown field, type or version becomes a dead letter. Amounts \
on topics that others read are strings of whole micro units (1 BDT or 1 share = 1,000,000). Read with `read_committed`."""


def document() -> dict[str, Any]:
    """The whole document, as JSON takes it."""
    public = [topic for topic in TOPICS if topic.messages]
    types = [message for topic in public for message in topic.messages]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": ASYNCAPI,
        "info": {"title": "Biome Market: the topics", "version": "1", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:9092", "protocol": "kafka", "description": "`make up`"}},
        "channels": {topic.name: _channel(topic) for topic in public},
        "operations": {name: operation for topic in public for name, operation in _operations(topic)},
        "components": {"messages": {_tag(message): _message(message) for message in types}, "schemas": schemas},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic.config()
    return {
        "address": topic.name,
        "description": f"{topic.what}. Key: {topic.key}. Written by {', '.join(topic.writers)}; read by {', '.join(topic.readers)}.",
        "messages": {_tag(message): {"$ref": f"#/components/messages/{_tag(message)}"} for message in topic.messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partition_count(USUAL_SHARDS),
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    "retention.ms": int(config["retention.ms"]),
                    "retention.bytes": int(config["retention.bytes"]),
                    "max.message.bytes": int(config["max.message.bytes"]),
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operations(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each writer sends and each reader receives."""
    for action, verb, parties in (("send", "writes", topic.writers), ("receive", "reads", topic.readers)):
        for party in parties:
            yield (
                f"{party}-{verb}-{topic.name}",
                {
                    "action": action,
                    "title": f"{party} {verb} {topic.name}",
                    "channel": {"$ref": f"#/channels/{topic.name}"},
                },
            )


def _message(message: type[Message]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": _tag(message),
        "summary": " ".join((message.__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{message.__name__}"},
        "examples": [{"payload": json.loads((EXAMPLES / f"{_tag(message)}.json").read_bytes())}],
    }
    if message is Tick:
        hash_of_the_body = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the exact body."}
        described["headers"] = {
            "type": "object",
            "properties": {HASH_HEADER: hash_of_the_body},
            "required": [HASH_HEADER],
        }
    return described


def _tag(message: type[Message]) -> str:
    return str(message.__struct_config__.tag)


def main() -> None:
    """Print the document."""
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
