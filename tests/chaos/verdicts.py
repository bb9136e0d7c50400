"""What the auditor says of the market while faults strike: it is right throughout, and is heard to the end."""

from schemas.decoding import decode_audit_verdict
from schemas.messages.audit_verdicts import Mismatch, Verified
from streams.durable.kafka import Kafka
from streams.following.verdicts import VERDICTS


class Verdicts:
    """Its topic, read on from where the last look ended."""

    def __init__(self, bootstrap: str) -> None:
        self._kafka = Kafka(bootstrap)
        self._next = 0
        self.verified = 0
        """The last tick that it has verified."""

    async def check(self) -> list[str]:
        """What it found since the last look. In this harness nothing is ever wrong on purpose."""
        consumer = self._kafka.committed_reader()
        await consumer.start()
        try:
            consumer.assign([VERDICTS])
            end = (await consumer.end_offsets([VERDICTS]))[VERDICTS]
            consumer.seek(VERDICTS, self._next)
            found: list[str] = []
            while await consumer.position(VERDICTS) < end:
                for record in (await consumer.getmany(VERDICTS, timeout_ms=500)).get(VERDICTS, ()):
                    found += self._take(record.value)
            self._next = await consumer.position(VERDICTS)
            return found
        finally:
            await consumer.stop()

    def _take(self, value: bytes | None) -> list[str]:
        verdict = None if value is None else decode_audit_verdict(value)
        if isinstance(verdict, Verified):
            self.verified = max(self.verified, verdict.tick)
        if isinstance(verdict, Mismatch):
            return [f"the auditor at tick {verdict.tick}: {sentence}" for sentence in verdict.found]
        return []
