"""Giving a command to the market: recorded before it is produced, and waited for until history has its receipt."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

import msgspec
import structlog

from api.admin.models import Command, CommandStatus
from api.amounts import instant
from api.auth.rights import Caller
from api.log_writer import LogUnavailableError
from api.problems import COMMAND_REFUSED, IDEMPOTENCY_CONFLICT, LOG_UNAVAILABLE, ProblemError
from api.services import Services
from schemas.decoding import encode
from schemas.messages import market_inputs
from schemas.topics import MARKET_INPUTS

RECEIPT_SECONDS = 8.0
"""How long an answer waits for the tick: sixteen of them at the usual pace. The command is taken in later all the same."""
_NAMESPACE = UUID("6d61726b-6574-4f66-a269-6f6d65730000")
"""Of command ids, so that no order's id can be one."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Given(NamedTuple):
    """What every command says of itself, for the message to be made of."""

    command_id: str
    at: int
    by: str
    reason: str

    def fields(self) -> dict[str, Any]:
        return {"v": 1, **self._asdict()}


Make = Callable[[Given], market_inputs.Command]

_RECORD = """
INSERT INTO command_requests (command_id, digest, at_ms, message) VALUES (%s, %s, %s, %s)
ON CONFLICT (command_id) DO NOTHING
"""
_COLUMNS = """
SELECT command_id, command, given_by, reason, coalesce(commands.at_ms, command_requests.at_ms), applied, refusal, tick,
    closed_at_ms, message, (SELECT username FROM users WHERE id::text = commands.player), index
"""
_ONE = _COLUMNS + "FROM command_requests FULL JOIN commands USING (command_id) WHERE command_id = %s"
_DECIDED = (
    _COLUMNS
    + "FROM commands LEFT JOIN command_requests USING (command_id)"
    + " WHERE (tick, index) < (%s, %s) ORDER BY tick DESC, index DESC LIMIT %s"
)


async def give(services: Services, who: Caller, *, key: str | None, body: str, reason: str, make: Make) -> Command:
    """Give a command, once for each key, and say what became of it; or that it is not decided yet.

    ``body`` is what was asked for: the same key with something else is refused.

    Raises:
        ProblemError: the market refused it, the key was used before, or Kafka did not answer.
    """
    command_id = str(uuid5(_NAMESPACE, f"{who.player} {key or uuid4()}"))
    message = await _record(services, who, command_id=command_id, body=body, reason=reason, make=make)
    found = await find(services, command_id)
    if found is None or found.status is CommandStatus.PENDING:
        await _send(services, command_id, message)
        found = await _receipt(services, command_id)
    if found.status is CommandStatus.REFUSED:
        raise ProblemError(COMMAND_REFUSED, f"{found.refusal} (Command {command_id}, tick {found.tick}.)")
    return found


async def _record(services: Services, who: Caller, *, command_id: str, body: str, reason: str, make: Make) -> bytes:
    """The bytes to send: those of the first request with this id."""
    digest = hashlib.sha256(body.encode()).digest()
    async with services.pool.connection() as connection:
        cursor = await connection.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        now = await cursor.fetchone()
        assert now is not None
        message = encode(make(Given(command_id, now[0], who.name, reason)))
        await connection.execute(_RECORD, (command_id, digest, now[0], message))
        cursor = await connection.execute(
            "SELECT digest, message FROM command_requests WHERE command_id = %s", (command_id,)
        )
        first = await cursor.fetchone()
    assert first is not None
    if bytes(first[0]) != digest:
        raise ProblemError(IDEMPOTENCY_CONFLICT, "This key was used for another command. Use a new key.")
    return bytes(first[1])


async def _send(services: Services, command_id: str, message: bytes) -> None:
    try:
        offset = await services.writer.write_bytes(MARKET_INPUTS.name, key=b"admin", value=message)
    except LogUnavailableError:
        raise ProblemError(
            LOG_UNAVAILABLE,
            "Kafka did not acknowledge the command in time. With the same Idempotency-Key it is safe to give it again;"
            f" admin/commands/{command_id} says whether it was taken in.",
        ) from None
    log.info("command_sent", command_id=command_id, offset=offset)


async def _receipt(services: Services, command_id: str) -> Command:
    """The command once history has its receipt, or as it is when that takes too long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + RECEIPT_SECONDS
    while True:
        tick = services.projected.tick
        found = await find(services, command_id)
        assert found is not None
        left = end - loop.time()
        if found.status is not CommandStatus.PENDING or left <= 0:
            return found
        await services.projected.reach(tick + 1, seconds=left)


async def find(services: Services, command_id: str) -> Command | None:
    """A command by its id."""
    async with services.pool.connection() as connection:
        cursor = await connection.execute(_ONE, (command_id,))
        row = await cursor.fetchone()
    return None if row is None else _command_of(row)


async def decided(services: Services, *, before: tuple[int, int], limit: int) -> tuple[list[Command], str | None]:
    """Decided commands before a place (tick, index), newest first; and the place of the last one, if there are more."""
    async with services.pool.connection() as connection:
        cursor = await connection.execute(_DECIDED, (*before, limit + 1))
        rows = await cursor.fetchall()
    page = rows[:limit]
    more = f"{page[-1][7]}.{page[-1][-1]}" if len(rows) > limit else None
    return [_command_of(row) for row in page], more


def _command_of(row: tuple[Any, ...]) -> Command:
    command_id, command, by, reason, at, applied, refusal, tick, closed_at, message, username, _index = row
    asked: dict[str, Any] | None = None if message is None else msgspec.json.decode(bytes(message))
    if command is None and asked is not None:  # history has no receipt yet
        command, by, reason = asked["type"], asked["by"], asked["reason"]
    return Command(
        command_id=command_id,
        command=command,
        by=by,
        reason=reason,
        given_at=instant(at),
        status=_STATUS[applied],
        tick=tick,
        closed_at=None if closed_at is None else instant(closed_at),
        refusal=refusal,
        username=username,
        asked=asked,
    )


_STATUS = {None: CommandStatus.PENDING, True: CommandStatus.APPLIED, False: CommandStatus.REFUSED}
