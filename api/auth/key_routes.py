"""API keys: for bots and other programs, which should not know a password."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response, status

from api.auth import keys, models
from api.auth.callers import tell_everyone
from api.auth.identity import InSession
from api.auth.rights import Scope
from api.problems import (
    ADMINS_ONLY,
    DATABASE_UNAVAILABLE,
    INVALID,
    NOT_FOUND,
    NOT_SIGNED_IN,
    SESSION_REQUIRED,
    TOO_MANY_KEYS,
    TOO_MANY_REQUESTS,
    WRONG_BODY,
    FieldProblem,
    Kind,
    ProblemError,
    refusals,
)
from api.services import ServicesDependency

router = APIRouter(prefix="/auth/api-keys", tags=["auth"])

_REFUSALS: tuple[Kind, ...] = (NOT_SIGNED_IN, SESSION_REQUIRED, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(*_REFUSALS, *WRONG_BODY, ADMINS_ONLY, TOO_MANY_KEYS),
)
async def create_api_key(
    new: models.NewKey, who: InSession, services: ServicesDependency, response: Response
) -> models.MadeKey:
    """Make a key. It is in this answer and never again; what is kept of it is a hash."""
    if Scope.ADMIN in new.scopes and Scope.ADMIN not in who.scopes:
        raise ProblemError(ADMINS_ONLY, "Only an admin's key can have the scope `admin`.")
    if new.expires_at is not None and new.expires_at <= datetime.now(UTC):
        sentence = "A key ends in the future."
        raise ProblemError(INVALID, sentence, errors=[FieldProblem(field="body.expires_at", message=sentence)])
    async with services.pool.connection() as connection:
        made = await keys.create(
            connection, UUID(who.player), name=new.name, scopes=sorted(set(new.scopes)), expires_at=new.expires_at
        )
    if made is None:
        raise ProblemError(TOO_MANY_KEYS, f"At most {keys.MOST_KEYS} keys a player. Revoke one that is not used.")
    key, seen = made
    response.headers["Cache-Control"] = "no-store"
    return models.MadeKey(key=key, **_fields(seen))


@router.get("", responses=refusals(*_REFUSALS))
async def api_keys(who: InSession, services: ServicesDependency) -> models.Keys:
    """The player's keys that are valid, oldest first."""
    async with services.pool.connection() as connection:
        valid = await keys.valid_keys(connection, UUID(who.player))
    return models.Keys(keys=[models.Key(**_fields(key)) for key in valid])


@router.delete("/{key_id}", status_code=status.HTTP_204_NO_CONTENT, responses=refusals(*_REFUSALS, NOT_FOUND, INVALID))
async def revoke_api_key(key_id: UUID, who: InSession, services: ServicesDependency) -> None:
    """End a key: no replica takes it any more (one that cannot be told, after three seconds)."""
    async with services.pool.connection() as connection, connection.transaction():
        if not await keys.revoke(connection, UUID(who.player), key_id):
            raise ProblemError(NOT_FOUND, "You have no valid key with this id.")
        await tell_everyone(connection, UUID(who.player))
    services.rights_changed(who.player)


def _fields(key: keys.Key) -> dict[str, Any]:
    return key._asdict() | {"id": str(key.id)}
