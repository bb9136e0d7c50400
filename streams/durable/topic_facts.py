"""A topic's id and its number of partitions, asked for in the version of Kafka's Metadata request that tells the id
(12, Kafka 3.1 and later): aiokafka 0.14 stops at version 5.
"""

import uuid
from io import BytesIO
from typing import Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

NO_ID: Final = uuid.UUID(int=0)
UUID_BYTES: Final = 16
UNKNOWN_TOPIC: Final = UnknownTopicOrPartitionError.errno


class TopicFacts(NamedTuple):
    """What a broker says of a topic that exists."""

    id: str
    """A topic that was deleted and made again has another one."""
    partitions: int


class _Uuid(AbstractType[uuid.UUID]):
    @classmethod
    def encode(cls, value: uuid.UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> uuid.UUID:
        return uuid.UUID(bytes=data.read(UUID_BYTES))


_text = CompactString("utf-8")


class _MetadataResponse(Response):
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(("node_id", Int32), ("host", _text), ("port", Int32), ("rack", _text), ("tags", TaggedFields)),
        ),
        ("cluster_id", _text),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _text),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequestStruct(RequestStruct):
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _text), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):
    API_KEY = 3

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_MetadataRequestStruct]) -> _MetadataRequestStruct:
        topics: list[tuple[uuid.UUID, str, dict[int, bytes]]] = [(NO_ID, name, {}) for name in self._names]
        return request_struct_class(topics, False, False, {})  # noqa: FBT003 -- in the order of Kafka's fields


async def topic_facts(admin: AIOKafkaAdminClient, *names: str) -> dict[str, TopicFacts]:
    """The facts of these topics. One that does not exist is left out.

    Raises:
        KafkaError: no broker answered, or one refused.
    """
    response = await admin._send_request(_MetadataRequest(names))  # noqa: SLF001 -- the client has no public way to send a request
    facts = {}
    for topic in response.to_object()["topics"]:
        if topic["error_code"] == 0:
            facts[topic["name"]] = TopicFacts(id=str(topic["topic_id"]), partitions=len(topic["partitions"]))
        elif topic["error_code"] != UNKNOWN_TOPIC:
            raise for_code(topic["error_code"])(topic["name"])
    return facts
