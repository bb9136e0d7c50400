"""What audit.verdicts comes to. Pure: messages in, the state of the audit out."""

from typing import Final

from aiokafka import TopicPartition

from schemas.messages.audit_verdicts import Accepted, AuditVerdict, Mismatch, Verified
from schemas.topics import AUDIT_VERDICTS

VERDICTS: Final = TopicPartition(AUDIT_VERDICTS.name, 0)
LOOK_BACK: Final = 32
"""Offsets before the topic's end that tell how it stands: nothing is verified after a mismatch that waits."""


class Said:
    """What stands in the topic: the mismatch that waits for an operator, and those that were accepted."""

    def __init__(self) -> None:
        self.verified: Verified | None = None
        self.outstanding: Mismatch | None = None
        self.accepted_through = 0
        """The last tick that an operator has accepted; 0: none."""

    def take(self, verdict: AuditVerdict) -> None:
        """Take in the next message."""
        match verdict:
            case Verified():
                self.verified = verdict
            case Mismatch():
                self.outstanding = verdict
            case Accepted(tick=tick):
                if self.outstanding is not None and self.outstanding.tick == tick:
                    self.accepted_through = max(self.accepted_through, tick)
                    self.outstanding = None
