"""`biome admin …`: typer's half. What the commands do is in ``ops.administration``."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from schemas.biomes import Biome
from schemas.environment import load_environment

if TYPE_CHECKING:
    from ops.administration import Administration

# Imports stand inside the commands, as in ops/command.py.
# ruff: noqa: PLC0415

admin_app = typer.Typer(
    help="""Administer a running market: halts, freezes, grants, settings, roles, dead letters.

    On the machine of `biome up` it needs nothing else. From elsewhere give BIOME_ADMIN_KEY, an API key with the scope admin, and
    --url.""",
    no_args_is_help=True,
)

Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, in one line. It is recorded, with who.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: given again with the same key, it happens once.")]
Username = Annotated[str, typer.Argument(help="Name of the user, or with --id the player's id.")]
IsId = Annotated[bool, typer.Option("--id", help="What is named is the player's id.")]


@admin_app.callback()
def admin(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(help="Base URL of the API. [default: this machine's]")] = None,
) -> None:
    """What all have in common."""
    from ops.administration import Administration

    environment = load_environment()
    context.obj = Administration(environment, url=url or f"http://127.0.0.1:{environment.api_port}")


@admin_app.command()
def status(context: typer.Context) -> None:
    """Show the newest tick, the settings, what is halted, and how far each reader is."""
    from ops.administration import show

    show(_api(context).ask("GET", "status"))


@admin_app.command()
def halt(
    context: typer.Context,
    reason: Reason,
    biome: Annotated[Biome | None, typer.Argument(help="Which one. [default: the whole market]")] = None,
    key: Key = None,
) -> None:
    """Halt a biome, or the whole market."""
    _give(context, "halt", key=key, reason=reason, biome=biome)


@admin_app.command()
def resume(
    context: typer.Context,
    reason: Reason,
    biome: Annotated[Biome | None, typer.Argument(help="Which one. [default: the whole market]")] = None,
    key: Key = None,
) -> None:
    """Resume a biome, or the whole market."""
    _give(context, "resume", key=key, reason=reason, biome=biome)


@admin_app.command()
def freeze(context: typer.Context, player: Username, reason: Reason, *, is_id: IsId = False, key: Key = None) -> None:
    """Freeze a player: they can look, and cannot order."""
    _give(context, "freeze", key=key, reason=reason, **_named(player, is_id=is_id))


@admin_app.command()
def thaw(context: typer.Context, player: Username, reason: Reason, *, is_id: IsId = False, key: Key = None) -> None:
    """Let a frozen player order again."""
    _give(context, "thaw", key=key, reason=reason, **_named(player, is_id=is_id))


@admin_app.command()
def grant(
    context: typer.Context,
    player: Username,
    amount_bdt: Annotated[str, typer.Argument(help="A decimal number.")],
    reason: Reason,
    *,
    is_id: IsId = False,
    key: Key = None,
) -> None:
    """Give a player BDT out of nothing."""
    _give(context, "grant", key=key, reason=reason, amount_bdt=amount_bdt, **_named(player, is_id=is_id))


@admin_app.command("set")
def set_(
    context: typer.Context,
    settings: Annotated[list[str], typer.Argument(help="name=value …, such as fee_bp=150 smallest_buy_bdt=2.50")],
    reason: Reason,
    key: Key = None,
) -> None:
    """Change settings of the market: all of them in one tick. `biome admin status` shows them."""
    changes = dict(_setting(text) for text in settings)
    _give(context, "settings", method="PATCH", key=key, reason=reason, settings=changes)


@admin_app.command()
def commands(
    context: typer.Context,
    after: Annotated[str | None, typer.Option(help="Go on with older ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """List the commands that the market took in, newest first: who, why, and what became of each."""
    _list(context, "commands", after=after, limit=limit)


@admin_app.command()
def command(
    context: typer.Context, command_id: Annotated[str, typer.Argument(help="As it was said when given.")]
) -> None:
    """Show one command: what it asked for, and what became of it, if a tick has taken it in."""
    from ops.administration import show

    show(_api(context).ask("GET", f"commands/{quote(command_id, safe='')}"))


@admin_app.command("grant-role")
def grant_role(context: typer.Context, username: Annotated[str, typer.Argument()], reason: Reason) -> None:
    """Make a user an admin: over HTTP they may do then what `biome admin` does."""
    _set_role(context, username, role="admin", reason=reason)


@admin_app.command("revoke-role")
def revoke_role(context: typer.Context, username: Annotated[str, typer.Argument()], reason: Reason) -> None:
    """Make an admin a player again."""
    _set_role(context, username, role="player", reason=reason)


@admin_app.command()
def actions(
    context: typer.Context,
    after: Annotated[str | None, typer.Option(help="Go on with older ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """List what admins did besides commands, newest first: roles, and dead letters sent again."""
    _list(context, "actions", after=after, limit=limit)


@admin_app.command("dead-letters")
def dead_letters(
    context: typer.Context,
    before: Annotated[int | None, typer.Option(help="Go on with older ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List messages that were not understood, newest first."""
    from ops.administration import show_lines

    page = _api(context).ask("GET", "dead-letters", before=before, limit=limit)
    show_lines(page["items"])
    if page["next"] is not None:
        typer.echo(f"There may be older ones: --before {page['next']}")


@admin_app.command("dead-letter")
def dead_letter(context: typer.Context, offset: Annotated[int, typer.Argument(min=0)]) -> None:
    """Show one message that was not understood, with its bytes (base64)."""
    from ops.administration import show

    show(_api(context).ask("GET", f"dead-letters/{offset}"))


@admin_app.command()
def redrive(context: typer.Context, offset: Annotated[int, typer.Argument(min=0)], reason: Reason) -> None:
    """Write a dead letter's bytes to its topic again, once."""
    sent = _api(context).ask("POST", f"dead-letters/{offset}/redrive", reason=reason)
    typer.echo(f"It is at offset {sent['offset']} of {sent['topic']} now.")


def _list(context: typer.Context, path: str, *, after: str | None, limit: int) -> None:
    from ops.administration import show_lines

    page = _api(context).ask("GET", path, after=after, limit=limit)
    show_lines(page["items"])
    if page["next"]:
        typer.echo(f"There are older ones: --after {page['next']}")


def _api(context: typer.Context) -> "Administration":
    api: Administration = context.obj
    return api


def _give(context: typer.Context, path: str, *, method: str = "POST", key: str | None, **body: Any) -> None:
    command = _api(context).ask(method, path, key=key, **body)
    if command["status"] == "applied":
        typer.echo(f"Applied at tick {command['tick']}. (Command {command['command_id']}.)")
    else:
        typer.echo(
            f"No tick has taken it in yet. `biome admin command {command['command_id']}` says what becomes of it."
        )


def _set_role(context: typer.Context, username: str, *, role: str, reason: str) -> None:
    user = _api(context).ask("PUT", "roles", username=username, role=role, reason=reason)
    typer.echo(f"{user['username']} is {user['role']} now.")


def _named(player: str, *, is_id: bool) -> dict[str, str]:
    return {"player": player} if is_id else {"username": player}


def _setting(text: str) -> tuple[str, str | int]:
    name, separator, value = text.partition("=")
    if not separator:
        raise typer.BadParameter(f"{text!r} is not name=value.")
    return name, value if name.endswith("_bdt") or not value.isdigit() else int(value)
