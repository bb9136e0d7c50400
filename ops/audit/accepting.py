"""`biome audit --accept`: an operator has looked at a mismatch, and the auditor is to go on. It stays on record."""

import asyncio
import getpass
import sys
import time
import uuid

from aiokafka.errors import KafkaError

from ops.audit.logs import LogReader
from ops.audit.verdicts import Speaker, VerdictLog
from schemas.messages.audit_verdicts import Accepted
from schemas.messages.market_inputs import SetHalt
from schemas.topics import MARKET_INPUTS
from streams.following.verdicts import VERDICTS


def accept(bootstrap: str, *, tick: int, because: str, resume: bool) -> int:
    """Accept the mismatch of a tick, and let trading go on as well if asked to; returns the exit status."""
    try:
        return asyncio.run(_accept(bootstrap, tick=tick, because=because, resume=resume))
    except (KafkaError, TimeoutError, OSError) as away:
        print(f"Kafka at {bootstrap} does not answer: {away}", file=sys.stderr)
        return 2


async def _accept(bootstrap: str, *, tick: int, because: str, resume: bool) -> int:
    async with LogReader(bootstrap, {VERDICTS: 0}, patient=False) as reader:
        outstanding = (await VerdictLog(reader).read()).outstanding
    if outstanding is None or outstanding.tick != tick:
        waits = "none waits" if outstanding is None else f"it waits at tick {outstanding.tick}"
        print(f"The auditor does not wait because of tick {tick}: {waits}.", file=sys.stderr)
        return 1
    operator = getpass.getuser()
    async with Speaker(bootstrap) as speaker:
        await speaker.say(Accepted(v=1, tick=tick, by=operator, reason=because))
        print(f"Accepted the mismatch of tick {tick}: the auditor goes on.")
        if resume:
            await speaker.send(MARKET_INPUTS.name, operator.encode(), _resumption(operator, because))
            print("Told the market to resume trading: `biome status` shows whether it has.")
        else:
            print("Trading stays halted until somebody resumes it (--resume).")
    return 0


def _resumption(operator: str, because: str) -> SetHalt:
    now = time.time_ns() // 1_000_000
    return SetHalt(v=1, command_id=str(uuid.uuid4()), at=now, by=operator, reason=because, biome=None, halted=False)
