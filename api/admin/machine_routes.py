"""What an admin sees of the machinery and does to it: lag, roles, dead letters."""

import base64
import time
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Query
from psycopg import AsyncConnection

from api.admin.log_reading import letter_at, newest_letters
from api.admin.models import (
    Action,
    Actions,
    AdminStatus,
    DeadLetter,
    DeadLetters,
    Lag,
    Reasoned,
    Redriven,
    SetRole,
    User,
    WholeDeadLetter,
)
from api.admin.routes import ADMIN
from api.admin.settings import settings_document
from api.amounts import instant
from api.auth.callers import tell_everyone
from api.auth.identity import Admin
from api.auth.rights import Caller, Role
from api.log_writer import LogUnavailableError
from api.problems import (
    ALREADY_REDRIVEN,
    INVALID,
    LETTER_INCOMPLETE,
    LOG_UNAVAILABLE,
    NO_TICK_YET,
    NOT_FOUND,
    WRONG_BODY,
    ProblemError,
    kafka_is_silent,
    no_tick_here,
    refusals,
)
from api.services import Services, ServicesDependency
from api.status import lag
from schemas.messages import dead_letters

MOST_LETTERS = 100
MOST_ACTIONS = 200
LARGEST_OFFSET = 2**62
CLAIM_SECONDS = 30
"""How long a dead letter is its sender's alone: several times what Kafka may take to acknowledge. A process that died in
between does not keep it for ever.
"""

router = APIRouter(prefix="/admin", tags=["admin"])
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LetterOffset = Annotated[int, Path(ge=0, le=LARGEST_OFFSET, description="The letter's place in dead.letters.")]


@router.get("/status", responses=refusals(*ADMIN, NO_TICK_YET, LOG_UNAVAILABLE))
async def admin_status(_who: Admin, services: ServicesDependency) -> AdminStatus:
    """The newest tick, the settings in force, what is halted, and how far the reader of each partition is."""
    newest = services.hub.newest
    if newest is None:
        raise no_tick_here()
    tick = newest.tick
    try:
        lags = await services.lag.recent()
    except TimeoutError:
        raise kafka_is_silent() from None
    return AdminStatus(
        tick=tick.tick,
        closed_at=instant(tick.closed_at),
        tick_age_ms=max(0, time.time_ns() // 1_000_000 - tick.closed_at),
        history_ticks_behind=max(0, tick.tick - services.projected.tick),
        halted=tick.halted,
        halted_biomes=[market.biome for market in tick.markets if market.halted],
        accounts=tick.accounts,
        settings=settings_document(tick.settings),
        partitions=[_lag(found) for found in lags],
    )


def _lag(found: lag.Lag) -> Lag:
    return Lag(
        topic=found.topic,
        partition=found.partition,
        reader=found.reader,
        next_offset=found.next_offset,
        end_offset=found.end_offset,
        lag=found.records,
    )


@router.put("/roles", responses=refusals(*ADMIN, *WRONG_BODY, NOT_FOUND))
async def set_role(asked: SetRole, who: Admin, services: ServicesDependency) -> User:
    """Make a user an admin, or a player again. It holds at their next request."""
    async with services.pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(
            "UPDATE users SET role = %s WHERE lower(username) = lower(%s) RETURNING id, username, role",
            (asked.role, asked.username),
        )
        row = await cursor.fetchone()
        if row is None:
            raise ProblemError(NOT_FOUND, f"There is no user {asked.username}.")
        await _note(connection, who, action="set_role", subject=f"{row[1]}: {asked.role}", reason=asked.reason)
        await tell_everyone(connection, row[0])
    services.rights_changed(str(row[0]))
    return User(id=str(row[0]), username=row[1], role=Role(row[2]))


@router.get("/actions", responses=refusals(*ADMIN, INVALID))
async def actions(
    _who: Admin,
    services: ServicesDependency,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ACTIONS)] = 50,
) -> Actions:
    """What admins did besides commands, newest first: who, why and when."""
    before = 2**62 if after is None else int(after)
    async with services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, at, action, subject, given_by, reason FROM admin_actions WHERE id < %s ORDER BY id DESC LIMIT %s",
            (before, limit + 1),
        )
        rows = await cursor.fetchall()
    page = rows[:limit]
    return Actions(
        items=[
            Action(at=at, action=action, subject=subject, by=by, reason=reason)
            for _, at, action, subject, by, reason in page
        ],
        next=str(page[-1][0]) if len(rows) > limit else None,
    )


@router.get("/dead-letters", responses=refusals(*ADMIN, INVALID, LOG_UNAVAILABLE))
async def dead_letters_(
    _who: Admin,
    services: ServicesDependency,
    before: Annotated[int | None, Query(ge=0, le=LARGEST_OFFSET, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LETTERS)] = 20,
) -> DeadLetters:
    """Messages that were not understood, newest first, without their bytes."""
    found = await newest_letters(services.environment.kafka_bootstrap, before=before, limit=limit)
    more = found[-1][0] if len(found) == limit else None
    sent = await _sent_again(services, [offset for offset, _ in found])
    return DeadLetters(
        items=[DeadLetter(**_fields(offset, letter), redriven=offset in sent) for offset, letter in found], next=more
    )


@router.get("/dead-letters/{offset}", responses=refusals(*ADMIN, INVALID, NOT_FOUND, LOG_UNAVAILABLE))
async def dead_letter(offset: LetterOffset, _who: Admin, services: ServicesDependency) -> WholeDeadLetter:
    """One message that was not understood, with its bytes."""
    letter = await _letter(services, offset)
    redriven = offset in await _sent_again(services, [offset])
    return WholeDeadLetter(
        **_fields(offset, letter), key_base64=letter.key_base64, value_base64=letter.value_base64, redriven=redriven
    )


@router.post(
    "/dead-letters/{offset}/redrive",
    responses=refusals(*ADMIN, *WRONG_BODY, NOT_FOUND, ALREADY_REDRIVEN, LETTER_INCOMPLETE, LOG_UNAVAILABLE),
)
async def redrive(asked: Reasoned, offset: LetterOffset, who: Admin, services: ServicesDependency) -> Redriven:
    """Write a dead letter's bytes to its topic again, once: for when newer code understands them.

    Whatever they are then, they count as new: pings as attention of now, an old order as expired. If they are still not
    understood, they are a new dead letter.
    """
    letter = await _letter(services, offset)
    value = b"" if letter.value_base64 is None else base64.b64decode(letter.value_base64)
    if not value or len(value) != letter.size:
        raise ProblemError(LETTER_INCOMPLETE, "Not all bytes of this message were kept, so it cannot be sent again.")
    async with services.pool.connection() as connection, connection.transaction():
        await _claim(connection, offset)
        await _note(connection, who, action="redrive", subject=f"dead letter {offset}", reason=asked.reason)
    key = None if letter.key_base64 is None else base64.b64decode(letter.key_base64)
    try:
        # By its key, as its producer should have: what had none goes where it came from.
        sent = await services.writer.write_bytes(
            letter.topic, key=key, value=value, partition=letter.partition if key is None else None
        )
    except LogUnavailableError:
        await _give_back(services, offset)
        raise ProblemError(
            LOG_UNAVAILABLE,
            "Kafka did not acknowledge it in time. It may be in its topic or not: look before you try again.",
        ) from None
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE redriven_letters SET sent_offset = %s WHERE letter = %s", (sent, offset))
    log.info("dead_letter_redriven", letter=offset, topic=letter.topic, offset=sent, by=who.name)
    return Redriven(topic=letter.topic, offset=sent)


async def _sent_again(services: Services, letters: list[int]) -> set[int]:
    """Those of them that Kafka acknowledged again: one that it did not may be sent once more."""
    async with services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT letter FROM redriven_letters WHERE letter = ANY(%s) AND sent_offset IS NOT NULL", (letters,)
        )
        return {letter for (letter,) in await cursor.fetchall()}


async def _claim(connection: AsyncConnection[Any], letter: int) -> None:
    """Once, unless Kafka did not acknowledge it the last time; and by one request at a time."""
    cursor = await connection.execute(
        "INSERT INTO redriven_letters (letter, claimed_at) VALUES (%s, clock_timestamp()) ON CONFLICT (letter) DO UPDATE"
        " SET claimed_at = clock_timestamp() WHERE redriven_letters.sent_offset IS NULL AND"
        " coalesce(redriven_letters.claimed_at < clock_timestamp() - make_interval(secs => %s), true)",
        (letter, CLAIM_SECONDS),
    )
    if cursor.rowcount == 0:
        raise ProblemError(ALREADY_REDRIVEN, "This dead letter was sent again before, or is being sent at this moment.")


async def _give_back(services: Services, letter: int) -> None:
    async with services.pool.connection() as connection:
        await connection.execute("UPDATE redriven_letters SET claimed_at = NULL WHERE letter = %s", (letter,))


async def _letter(services: Services, offset: int) -> dead_letters.DeadLetter:
    letter = await letter_at(services.environment.kafka_bootstrap, offset)
    if letter is None:
        raise ProblemError(NOT_FOUND, "There is no dead letter at this offset.")
    return letter


def _fields(offset: int, letter: dead_letters.DeadLetter) -> dict[str, Any]:
    return {
        "offset": offset,
        "topic": letter.topic,
        "partition": letter.partition,
        "at_offset": letter.offset,
        "at": instant(letter.at),
        "reason": letter.reason,
        "detail": letter.detail,
        "size": letter.size,
        "sha256": letter.sha256,
    }


async def _note(connection: AsyncConnection[Any], who: Caller, *, action: str, subject: str, reason: str) -> None:
    await connection.execute(
        "INSERT INTO admin_actions (action, subject, given_by, reason) VALUES (%s, %s, %s, %s)",
        (action, subject, who.name, reason),
    )
