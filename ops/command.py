"""The `biome` command."""

import asyncio
import importlib
import logging
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final

import typer
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from ops.process import StartupProblem
from schemas.environment import Environment, load_environment

WRONG_SETTING: Final = 2
"""Exit code, as for a wrong argument."""

app = typer.Typer(
    name="biome",
    help="""Biome Market: a market whose only force is attention.

    `biome up` runs all of it on this machine. `biome run …` runs one process, as production would. Settings are environment
    variables, BIOME_…: `biome settings` lists them.""",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
topics_app = typer.Typer(help="Kafka's topics.", no_args_is_help=True)
database_app = typer.Typer(help="PostgreSQL's tables.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
app.add_typer(database_app, name="db")


class Process(StrEnum):
    """What `biome run` can run."""

    ATTENTION = "attention"
    MARKET = "market"
    HISTORY = "history"
    API = "api"


_MODULES: Final = {
    Process.ATTENTION: "streams.attention.agent",
    Process.MARKET: "streams.market.agent",
    Process.HISTORY: "streams.history.service",
    Process.API: "api.service",
}

# Imports stand inside the commands: each process loads only what it runs, which is most of the time that it takes to start.
# ruff: noqa: PLC0415


@app.command("up")
def up_(
    bots: Annotated[
        int | None, typer.Option(min=0, help="Players that bots play. 0: none. [default: BIOME_BOTS]")
    ] = None,
) -> None:
    """Run everything on this machine: Kafka, PostgreSQL, attention, market, history, the API with the page, and bots.

    What is missing is made first: Kafka's files, the page, topics, tables, a new market. Ctrl-C stops all of it; everything
    is kept, and the next `up` goes on from there.
    """
    from ops.output import Console
    from ops.up import up

    environment = load_environment()
    if bots is not None:
        environment = environment.model_copy(update={"bots": bots})
    console = Console(environment.data_dir.absolute() / "logs")
    asyncio.run(up(environment, console))


@app.command()
def down() -> None:
    """Stop the `biome up` that runs on this data folder (BIOME_DATA_DIR), and wait until it has."""
    from ops.running import stop_up

    data_dir = load_environment().data_dir.absolute()
    stopped = asyncio.run(stop_up(data_dir))
    typer.echo("Stopped." if stopped else f"Nothing runs on {data_dir}.")


@app.command()
def status() -> None:
    """Show what runs, the last tick, and how old it is. Exit code 0 when the market ticks."""
    from ops.status import report_status

    if not asyncio.run(report_status(load_environment(), typer.echo)):
        raise typer.Exit(1)


@app.command()
def run(process: Annotated[Process, typer.Argument(help="Which one.")]) -> None:
    """Run one process, as production would. Kafka and PostgreSQL are named by BIOME_KAFKA_BOOTSTRAP and BIOME_DATABASE_URL.

    Any number of each may run; give the workers of one kind a BIOME_WORKER_ID each. SIGTERM stops it.
    """
    _main_of(_MODULES[process])(load_environment())


@topics_app.command("create")
def topics_create() -> None:
    """Create the topics that are missing, check those that are there, and write the first input of a new market."""
    from ops.topics import create_topics, seed_genesis

    environment = load_environment()

    async def create() -> None:
        created = await create_topics(
            environment.kafka_bootstrap,
            replication=environment.kafka_replication,
            attention_shards=environment.attention_shards,
        )
        typer.echo("\n".join(f"Created {name}." for name in created) or "All topics are there, as declared.")
        if await seed_genesis(environment):
            typer.echo("Wrote the genesis of a new market.")

    asyncio.run(create())


@database_app.command("migrate")
def db_migrate() -> None:
    """Bring PostgreSQL's tables up to date."""
    from sqlalchemy.exc import OperationalError

    from streams.history.migration import migrate

    try:
        migrate(load_environment().database_url.get_secret_value())
    except OperationalError as fault:
        raise StartupProblem(
            f"PostgreSQL does not answer ({str(fault.orig).strip()}). Start it, or name another with BIOME_DATABASE_URL."
        ) from fault
    typer.echo("The tables are up to date.")


@app.command()
def settings() -> None:
    """List every BIOME_… variable: its value, its default, and what it means. Secrets are masked."""
    environment = load_environment()
    for name, field in Environment.model_fields.items():
        value = getattr(environment, name)
        default = field.get_default()
        kept = "default" if value == default else f"default {_shown(default)}"
        typer.echo(
            f"{typer.style(f'BIOME_{name.upper()}', bold=True)}={_shown(value)}  ({kept})\n    {field.description}"
        )


@app.command()
def bots(
    players: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 5,
    url: Annotated[str | None, typer.Option(help="Base URL of the API. [default: this machine's]")] = None,
) -> None:
    """Play: register players that give attention and trade, until Ctrl-C. Their pings go to Kafka, as a game server's do."""
    from ops.bots import main

    environment = _of_the_running_market()
    main(environment, players=players, url=url or _url(environment))


@app.command()
def smoke(
    url: Annotated[str | None, typer.Option(help="Base URL of the API. [default: this machine's]")] = None,
) -> None:
    """Try a running market from outside, one [OK] line a promise. Exit code 1 at the first promise that is broken."""
    from ops.smoke import run

    raise typer.Exit(run(url or _url(load_environment())))


@app.command()
def audit() -> None:
    """Are the books exact? Folds the whole log again and compares every tick and event, the state and PostgreSQL.

    Exit code 0: they are. 1: a sentence for each fault. 2: a server does not answer.
    """
    from ops.audit.run import main

    raise typer.Exit(main(_of_the_running_market()))


def _of_the_running_market() -> Environment:
    """The settings, with the Kafka and PostgreSQL of the `biome up` that runs on the data folder, unless others are named."""
    from ops.kafka import HOST
    from ops.postgres import Postgres
    from ops.running import running_up

    environment = load_environment()
    data_dir = environment.data_dir.absolute()
    if running_up(data_dir) is None:
        return environment
    postgres = Postgres(data_dir / "postgres", port=environment.postgres_port)
    its_own = {
        "kafka_bootstrap": f"{HOST}:{environment.kafka_port}",
        "database_url": SecretStr(postgres.url),
    }
    return environment.model_copy(
        update={name: value for name, value in its_own.items() if name not in environment.model_fields_set}
    )


def _url(environment: Environment) -> str:
    return f"http://127.0.0.1:{environment.api_port}"


def _main_of(module: str) -> Callable[..., None]:
    main_: Callable[..., None] = importlib.import_module(module).main
    return main_


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********"
    return "(none)" if value is None else str(value)


def _sentence_about(wrong: ValidationError) -> str:
    lines = []
    for error in wrong.errors():
        name = "_".join(str(part) for part in error["loc"]).upper()
        shown = "" if "SECRET" in name or "URL" in name else f" is {str(error['input'])!r}, and that"
        lines.append(f"BIOME_{name}{shown} will not do: {error['msg']}.")
    return "\n".join([*lines, "`biome settings` lists every setting with its meaning."])


def main() -> None:
    """The console script. What a user can put right is told in a sentence, not in a trace."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it is told in sentences
    try:
        app()
    except StartupProblem as problem:
        sys.exit(str(problem))
    except ValidationError as wrong:
        if wrong.title != Environment.__name__:
            raise
        sys.stderr.write(f"{_sentence_about(wrong)}\n")
        sys.exit(WRONG_SETTING)
    except SettingsError as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(WRONG_SETTING)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
