"""audit.verdicts: what the auditor said, read back, and what it says next."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Self

import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from ops.audit.logs import LONGEST_BACKOFF_SECONDS, POLL_SECONDS, LogReader
from schemas.decoding import decode_audit_verdict, encode
from schemas.messages.audit_verdicts import Accepted, AuditVerdict, Verified
from schemas.messages.fields import Message
from schemas.topics import AUDIT_VERDICTS
from streams.following.connecting import connect
from streams.following.verdicts import LOOK_BACK, VERDICTS, Said

VERIFIED_KEY: Final = b"verified"
SEND_SECONDS: Final = 10.0
STATUS_SECONDS: Final = 3.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class VerdictLog:
    """The topic, read from its beginning, and on as it grows."""

    def __init__(self, reader: LogReader) -> None:
        self.said = Said()
        self._log = reader[VERDICTS]

    async def read(self) -> Said:
        """Everything that is there now."""
        end = await self._log.end()
        while not await self._log.holds_nothing_before(end):
            self._take()
        return self.said

    async def until_accepted(self, tick: int) -> Accepted:
        """Wait until an operator has accepted the mismatch of a tick."""
        while True:
            if await self._log.peek(seconds=POLL_SECONDS) is None:
                continue
            verdict = self._take()
            if isinstance(verdict, Accepted) and verdict.tick == tick:
                return verdict

    def _take(self) -> AuditVerdict | None:
        try:
            verdict = decode_audit_verdict(self._log.take().value or b"")
        except msgspec.MsgspecError as fault:
            log.warning("verdict_not_understood", fault=str(fault))
            return None
        self.said.take(verdict)
        return verdict


class Speaker:
    """Writes messages, however long brokers are away. Use it as an async context."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._hang_up()

    async def send(self, topic: str, key: bytes | None, message: Message) -> None:
        """Write one message, and return when it is there. Tries until it is."""
        while True:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    producer = await self._connected()
                    await producer.send_and_wait(topic, encode(message), key=key, partition=0)
            except (KafkaError, OSError, TimeoutError) as fault:
                log.warning("kafka_away", fault=repr(fault), retry_in_seconds=LONGEST_BACKOFF_SECONDS)
                await self._hang_up()
                await asyncio.sleep(LONGEST_BACKOFF_SECONDS)
            else:
                return

    async def say(self, verdict: AuditVerdict) -> None:
        """Publish a verdict."""
        await self.send(AUDIT_VERDICTS.name, _key(verdict), verdict)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True)
            self._producer = producer
            await connect(producer)
        return self._producer

    async def _hang_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await producer.stop()
            except (KafkaError, OSError, TimeoutError):
                pass  # it has nothing to say any more


async def read_last_verdict(bootstrap: str) -> Said | None:
    """What the auditor said last; None when it said nothing, or no broker answers."""
    try:
        async with asyncio.timeout(STATUS_SECONDS), LogReader(bootstrap, {VERDICTS: 0}, patient=False) as reader:
            end = await reader[VERDICTS].end()
            reader[VERDICTS].skip_to(max(0, end - LOOK_BACK))
            return await VerdictLog(reader).read()
    except (KafkaError, OSError, TimeoutError):
        return None


def goes_on(bootstrap: str, *, every_seconds: float) -> Callable[[], Awaitable[bool]]:
    """Whether the auditor has verified a further tick since it was asked last, or waits for an operator. Looks no oftener than
    that, since each look is a connection: in between it says no.
    """
    looked_at, verified = float("-inf"), 0

    async def has_gone_on() -> bool:
        nonlocal looked_at, verified
        if time.monotonic() - looked_at < every_seconds:
            return False
        looked_at = time.monotonic()
        said = await read_last_verdict(bootstrap)
        before = verified
        if said is not None and said.verified is not None:
            verified = max(verified, said.verified.tick)
        return verified > before or (said is not None and said.outstanding is not None)

    return has_gone_on


def _key(verdict: AuditVerdict) -> bytes:
    kind = str(verdict.__struct_config__.tag)
    return VERIFIED_KEY if isinstance(verdict, Verified) else f"{kind}-{verdict.tick}".encode()
