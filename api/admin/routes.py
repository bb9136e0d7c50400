"""Administering the market: every command goes through its log, with who gave it and why, and can be read afterwards."""

from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Header, Path, Query, Response

from api.admin.giving import Given, decided, find, give
from api.admin.models import (
    ChangeOfSettings,
    Command,
    Commands,
    CommandStatus,
    Grant,
    Halt,
    OfPlayer,
    Settings,
)
from api.admin.settings import changed, settings_document, settings_to_change
from api.auth.identity import Admin
from api.auth.rights import Caller
from api.orders.models import ClientOrderId
from api.problems import (
    ADMINS_ONLY,
    BUSY,
    COMMAND_REFUSED,
    DATABASE_UNAVAILABLE,
    IDEMPOTENCY_CONFLICT,
    INVALID,
    LOG_UNAVAILABLE,
    NO_TICK_YET,
    NOT_FOUND,
    NOT_SIGNED_IN,
    SCOPE_MISSING,
    TOO_MANY_REQUESTS,
    WRONG_BODY,
    FieldProblem,
    Kind,
    ProblemError,
    no_tick_here,
    refusals,
)
from api.services import Services, ServicesDependency
from schemas.messages.market_inputs import ChangeSettings, GrantCash, SetFreeze, SetHalt

LARGEST_GRANT = 10**15
"""Micro-BDT: what the message's type takes."""
MOST_A_PAGE = 200

router = APIRouter(prefix="/admin", tags=["admin"])

Key: TypeAlias = Annotated[
    ClientOrderId | None,
    Header(
        alias="Idempotency-Key", description="With the same key the command happens once, however often it is given."
    ),
]
ADMIN: tuple[Kind, ...] = (NOT_SIGNED_IN, ADMINS_ONLY, SCOPE_MISSING, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
"""What every route of an admin may answer."""
_GIVING: dict[str, Any] = {
    "responses": {
        202: {"model": Command, "description": "Not taken in yet: `admin/commands/{command_id}` will say."},
        **refusals(*ADMIN, *WRONG_BODY, COMMAND_REFUSED, IDEMPOTENCY_CONFLICT, LOG_UNAVAILABLE),
    }
}


@router.post("/halt", **_GIVING)
async def halt(asked: Halt, who: Admin, services: ServicesDependency, response: Response, key: Key = None) -> Command:
    """Halt a biome, or the whole market. A halted biome moves no cash and its orders are rejected; ticks go on."""
    return await _halt(services, who, response, asked, key=key, halted=True)


@router.post("/resume", **_GIVING)
async def resume(asked: Halt, who: Admin, services: ServicesDependency, response: Response, key: Key = None) -> Command:
    """Resume a biome, or the whole market. A biome that was halted by itself stays so when the market resumes."""
    return await _halt(services, who, response, asked, key=key, halted=False)


@router.post("/freeze", **_GIVING)
async def freeze(
    asked: OfPlayer, who: Admin, services: ServicesDependency, response: Response, key: Key = None
) -> Command:
    """Freeze a player: they can look, and cannot order."""
    return await _freeze(services, who, response, asked, key=key, frozen=True)


@router.post("/thaw", **_GIVING)
async def thaw(
    asked: OfPlayer, who: Admin, services: ServicesDependency, response: Response, key: Key = None
) -> Command:
    """Let a frozen player order again."""
    return await _freeze(services, who, response, asked, key=key, frozen=False)


@router.post("/grant", **_GIVING)
async def grant(asked: Grant, who: Admin, services: ServicesDependency, response: Response, key: Key = None) -> Command:
    """Give a player BDT out of nothing: every tick shows how much was ever granted."""
    if asked.amount_bdt > LARGEST_GRANT:
        sentence = "A grant is at most 1000000000.00 BDT."
        raise ProblemError(INVALID, sentence, errors=[FieldProblem(field="body.amount_bdt", message=sentence)])
    player = await _player_of(services, asked)

    def make(given: Given) -> GrantCash:
        return GrantCash(**given.fields(), player=player, amount=asked.amount_bdt)

    command = await give(services, who, key=key, body=_body("grant", asked), reason=asked.reason, make=make)
    return _answer(response, command)


@router.get("/settings", responses=refusals(*ADMIN, NO_TICK_YET))
async def settings(_who: Admin, services: ServicesDependency) -> Settings:
    """The settings in force at the newest tick."""
    newest = services.hub.newest
    if newest is None:
        raise no_tick_here()
    return settings_document(newest.tick.settings)


@router.patch(
    "/settings",
    responses=_GIVING["responses"] | refusals(DATABASE_UNAVAILABLE, LOG_UNAVAILABLE, BUSY, NO_TICK_YET),
)
async def change_settings(
    asked: ChangeOfSettings, who: Admin, services: ServicesDependency, response: Response, key: Key = None
) -> Command:
    """Change some settings. The tick that takes it in already redistributes and decides by the new ones."""
    async with settings_to_change(services) as in_force:
        new = changed(in_force, asked.settings)

        def make(given: Given) -> ChangeSettings:
            return ChangeSettings(**given.fields(), settings=new)

        command = await give(services, who, key=key, body=_body("settings", asked), reason=asked.reason, make=make)
    return _answer(response, command)


@router.get("/commands", responses=refusals(*ADMIN, INVALID))
async def commands(
    _who: Admin,
    services: ServicesDependency,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}\.[0-9]{1,9}$", description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = 50,
) -> Commands:
    """All commands that the market took in, newest first: who, why, when, and what became of it."""
    tick, _, index = (after or f"{2**62}.0").partition(".")
    items, more = await decided(services, before=(int(tick), int(index)), limit=limit)
    return Commands(items=items, next=more)


@router.get("/commands/{command_id}", responses=refusals(*ADMIN, INVALID, NOT_FOUND))
async def command(
    command_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")], _who: Admin, services: ServicesDependency
) -> Command:
    """One command."""
    found = await find(services, command_id)
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no command with this id.")
    return found


async def _halt(
    services: Services, who: Caller, response: Response, asked: Halt, *, key: str | None, halted: bool
) -> Command:
    def make(given: Given) -> SetHalt:
        return SetHalt(**given.fields(), biome=asked.biome, halted=halted)

    body = _body("halt" if halted else "resume", asked)
    return _answer(response, await give(services, who, key=key, body=body, reason=asked.reason, make=make))


async def _freeze(
    services: Services, who: Caller, response: Response, asked: OfPlayer, *, key: str | None, frozen: bool
) -> Command:
    player = await _player_of(services, asked)

    def make(given: Given) -> SetFreeze:
        return SetFreeze(**given.fields(), player=player, frozen=frozen)

    body = _body("freeze" if frozen else "thaw", asked)
    return _answer(response, await give(services, who, key=key, body=body, reason=asked.reason, make=make))


async def _player_of(services: Services, named: OfPlayer) -> str:
    if named.player is not None:
        return named.player
    async with services.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id::text FROM users WHERE lower(username) = lower(%s)", (named.username,)
        )
        row = await cursor.fetchone()
    if row is None:
        sentence = f"There is no user {named.username}."
        raise ProblemError(INVALID, sentence, errors=[FieldProblem(field="body.username", message=sentence)])
    player: str = row[0]
    return player


def _body(what: str, asked: Halt | OfPlayer | ChangeOfSettings) -> str:
    """What tells one command from another under the same key."""
    return f"{what} {asked.model_dump_json()}"


def _answer(response: Response, command: Command) -> Command:
    if command.status is CommandStatus.PENDING:
        response.status_code = HTTPStatus.ACCEPTED
    return command
