"""Registering, login, logout."""

import asyncio
import re
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Response, status

from api.auth import models
from api.auth.account import account_is_open
from api.auth.identity import COOKIE, Player
from api.auth.opening import send_opening
from api.auth.tokens import SignedIn
from api.log_writer import LogUnavailableError
from api.problems import (
    BUSY,
    DATABASE_UNAVAILABLE,
    INVALID,
    NOT_SIGNED_IN,
    USERNAME_TAKEN,
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
    responses=refusals(USERNAME_TAKEN, INVALID, BUSY, DATABASE_UNAVAILABLE),
)
async def register(new: models.NewUser, services: ServicesDependency, response: Response) -> models.Token:
    """Make a user and open their account with the starting grant, exactly once.

    Usually the account is open when this answers. If the market is slow or down, it is opened as soon as it is back;
    until then `portfolio` and orders answer `ACCOUNT_PENDING`.
    """
    player = uuid4()
    password_hash = await services.passwords.hash(new.password.get_secret_value())
    await _store(services, player, username=new.username, password_hash=password_hash)
    await _open(services, str(player))
    return _sign_in(services, response, SignedIn(str(player), new.username))


@router.post("/login", responses=refusals(WRONG_PASSWORD, INVALID, BUSY, DATABASE_UNAVAILABLE))
async def login(credentials: models.Credentials, services: ServicesDependency, response: Response) -> models.Token:
    """Sign in. The name's case does not matter."""
    user = await _user_of(services, credentials.username)
    password = credentials.password.get_secret_value()
    if not await services.passwords.matches(password, user and user.password_hash) or user is None:
        raise ProblemError(WRONG_PASSWORD, "The username or the password is wrong.")
    return _sign_in(services, response, SignedIn(str(user.id), user.username))


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(services: ServicesDependency, response: Response) -> None:
    """Take the page's cookie away. A token that a program keeps stays valid until it expires."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=services.environment.cookie_secure, path="/")


@router.get("/me", responses=refusals(NOT_SIGNED_IN, DATABASE_UNAVAILABLE))
async def me(who: Player, services: ServicesDependency) -> models.Me:
    """Who is signed in, and whether the account is open."""
    account = "open" if await account_is_open(services, who.player) else "pending"
    return models.Me(id=who.player, username=who.username, account=account)


class _User(NamedTuple):
    id: UUID
    username: str
    password_hash: str


async def _user_of(services: Services, username: str) -> _User | None:
    """The user of a name; None for a name that nobody has, or that nobody can have."""
    if re.fullmatch(models.USERNAME_PATTERN, username) is None:
        return None
    async with services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id, username, password_hash FROM users WHERE lower(username) = lower(%s)", (username,)
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
