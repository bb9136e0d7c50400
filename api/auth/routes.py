"""Registering, signing in and out, and changing the password."""

import asyncio
import re
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Request, Response, status
from psycopg import AsyncConnection

from api.auth import keys, models
from api.auth.account import account_is_open
from api.auth.attempts import count_registration, sign_in_attempt
from api.auth.callers import end_sessions
from api.auth.identity import InSession, Player
from api.auth.opening import send_opening
from api.auth.tokens import COOKIE, SignedIn
from api.log_writer import LogUnavailableError
from api.problems import (
    BUSY,
    DATABASE_UNAVAILABLE,
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    SESSION_REQUIRED,
    TOO_MANY_ATTEMPTS,
    TOO_MANY_REGISTRATIONS,
    TOO_MANY_REQUESTS,
    USERNAME_TAKEN,
    WRONG_BODY,
    WRONG_CURRENT_PASSWORD,
    WRONG_PASSWORD,
    ProblemError,
    refusals,
)
from api.services import Services, ServicesDependency

OPENING_SECONDS = 5.0
"""How long registering waits for the account. It is opened anyway, by whichever replica lives."""
PROJECTION_SECONDS = 2.0

router = APIRouter(prefix="/auth", tags=["auth"])
log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    responses=refusals(
        USERNAME_TAKEN, *WRONG_BODY, TOO_MANY_REGISTRATIONS, TOO_MANY_REQUESTS, BUSY, DATABASE_UNAVAILABLE
    ),
)
async def register(
    new: models.NewUser, services: ServicesDependency, request: Request, response: Response
) -> models.Token:
    """Make a user and open their account with the starting grant, exactly once.

    Usually the account is open when this answers. If the market is slow or down, it is opened as soon as it is back;
    until then `portfolio` and orders answer `ACCOUNT_PENDING`. An address can register so many users an hour.
    """
    await count_registration(services, request)
    player = uuid4()
    password_hash = await services.passwords.hash(new.password.get_secret_value())
    await _store(services, player, username=new.username, password_hash=password_hash)
    await _open(services, str(player))
    return _sign_in(services, response, SignedIn(str(player), new.username))


@router.post(
    "/login",
    responses=refusals(WRONG_PASSWORD, *WRONG_BODY, TOO_MANY_ATTEMPTS, TOO_MANY_REQUESTS, BUSY, DATABASE_UNAVAILABLE),
)
async def login(
    credentials: models.Credentials, services: ServicesDependency, request: Request, response: Response
) -> models.Token:
    """Sign in. The name's case does not matter. After too many wrong passwords it waits, also for the right one."""
    async with sign_in_attempt(services, request, credentials.username) as attempt:
        user = await _user_of(services, credentials.username)
        password = credentials.password.get_secret_value()
        if not await services.passwords.matches(password, user and user.password_hash) or user is None:
            raise ProblemError(WRONG_PASSWORD, "The username or the password is wrong.")
        attempt.right = True
    return _sign_in(services, response, SignedIn(str(user.id), user.username, user.session_version))


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(services: ServicesDependency, response: Response) -> None:
    """Take the page's cookie away. A token that a program keeps stays valid until it expires, or `logout-everywhere`."""
    _take_cookie_away(services, response)


@router.post(
    "/logout-everywhere",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=refusals(NOT_SIGNED_IN, SESSION_REQUIRED, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE),
)
async def logout_everywhere(who: InSession, services: ServicesDependency, response: Response) -> None:
    """End all sessions of the player, this one included: no access token that was given until now is taken any more.

    Open streams are ended. API keys stay: they are revoked one by one. A replica that cannot be told takes old tokens for up to
    three seconds more.
    """
    async with services.pool.connection() as connection:
        await end_sessions(connection, UUID(who.player))
    services.rights_changed(who.player)
    _take_cookie_away(services, response)


@router.post(
    "/password",
    responses=refusals(
        NOT_SIGNED_IN,
        SESSION_REQUIRED,
        WRONG_CURRENT_PASSWORD,
        *WRONG_BODY,
        TOO_MANY_ATTEMPTS,
        TOO_MANY_REQUESTS,
        BUSY,
        DATABASE_UNAVAILABLE,
    ),
)
async def change_password(
    change: models.PasswordChange, who: InSession, services: ServicesDependency, request: Request, response: Response
) -> models.Token:
    """Change the password and end all sessions. The answer is a new one."""
    async with sign_in_attempt(services, request, who.username) as attempt:
        user = await _user_of(services, who.username)
        current = change.current_password.get_secret_value()
        if not await services.passwords.matches(current, user and user.password_hash) or user is None:
            raise ProblemError(WRONG_CURRENT_PASSWORD, "The current password is wrong.")
        attempt.right = True
    password_hash = await services.passwords.hash(change.new_password.get_secret_value())
    async with services.pool.connection() as connection, connection.transaction():
        await _replace_password(connection, user, password_hash)
        if change.revoke_keys:
            await keys.revoke_all(connection, user.id)
        version = await end_sessions(connection, user.id)
    services.rights_changed(who.player)
    return _sign_in(services, response, SignedIn(who.player, who.username, version))


@router.get("/me", responses=refusals(NOT_SIGNED_IN, SCOPE_MISSING, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE))
async def me(who: Player, services: ServicesDependency) -> models.Me:
    """Who is signed in, what they may do, and whether the account is open."""
    account = "open" if await account_is_open(services, who.player) else "pending"
    return models.Me(id=who.player, username=who.username, account=account, scopes=sorted(who.scopes))


class _User(NamedTuple):
    id: UUID
    username: str
    password_hash: str
    session_version: int


async def _user_of(services: Services, username: str) -> _User | None:
    """The user of a name; None for a name that nobody has, or that nobody can have."""
    if re.fullmatch(models.USERNAME_PATTERN, username) is None:
        return None
    async with services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, username, password_hash, session_version FROM users WHERE lower(username) = lower(%s)",
            (username,),
        )
        row = await cursor.fetchone()
    return None if row is None else _User(*row)


async def _store(services: Services, player: UUID, *, username: str, password_hash: str) -> None:
    """User and outbox row in one transaction: from here on the account will be opened, whatever dies."""
    async with services.pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(
            "INSERT INTO users (id, username, password_hash) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (player, username, password_hash),
        )
        if cursor.rowcount == 0:
            raise ProblemError(USERNAME_TAKEN, f"The username {username} is taken. Choose another one.")
        await connection.execute(
            "INSERT INTO account_openings (player, grant_micro, sent_at) VALUES (%s, %s, clock_timestamp())",
            (player, services.starting_grant),
        )


async def _replace_password(connection: AsyncConnection[Any], user: _User, password_hash: str) -> None:
    """Only the password that was checked: of two changes at once, the second one gave a password that is none any more."""
    cursor = await connection.execute(
        "UPDATE users SET password_hash = %s WHERE id = %s AND password_hash = %s",
        (password_hash, user.id, user.password_hash),
    )
    if cursor.rowcount == 0:
        raise ProblemError(WRONG_CURRENT_PASSWORD, "The current password is wrong: it has just been changed.")


async def _open(services: Services, player: str) -> None:
    """Open now, and wait a little for it, so that the first request of a new player finds the account."""
    with services.hub.opening_of(player) as opening:
        try:
            await send_opening(services.writer, player=player, grant=services.starting_grant)
            async with asyncio.timeout(OPENING_SECONDS):
                tick = await opening
        except (LogUnavailableError, TimeoutError):
            log.warning("account_opening_pending", player=player)
            return
    await services.projected.reach(tick, seconds=PROJECTION_SECONDS)


def _sign_in(services: Services, response: Response, who: SignedIn) -> models.Token:
    token = services.tokens.give(who)
    response.set_cookie(
        COOKIE,
        token,
        max_age=services.tokens.seconds,
        httponly=True,
        samesite="lax",
        secure=services.environment.cookie_secure,
        path="/",
    )
    response.headers["Cache-Control"] = "no-store"
    return models.Token(
        access_token=token,
        expires_in=services.tokens.seconds,
        player=models.Player(id=who.player, username=who.username),
    )


def _take_cookie_away(services: Services, response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=services.environment.cookie_secure, path="/")
