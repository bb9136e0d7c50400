"""The `biome` command."""

import asyncio
import gc
import importlib
import logging
import sys
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from ops.admin_commands import admin_app
from ops.process import StartupProblem
from schemas.biomes import Biome
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
repair_app = typer.Typer(help="Rebuild a table that does not match its log, while the rest runs.", no_args_is_help=True)
bench_app = typer.Typer(
    help="Measure a running market. It measures and does not judge; players that it registers stay.",
    no_args_is_help=True,
)
app.add_typer(topics_app, name="topics")
app.add_typer(database_app, name="db")
app.add_typer(repair_app, name="repair")
app.add_typer(admin_app, name="admin")
app.add_typer(bench_app, name="bench")


class Process(StrEnum):
    """What `biome run` can run."""

    ATTENTION = "attention"
    MARKET = "market"
    HISTORY = "history"
    API = "api"
    AUDITOR = "auditor"


_MODULES: Final = {
    Process.ATTENTION: "streams.attention.agent",
    Process.MARKET: "streams.market.agent",
    Process.HISTORY: "streams.history.service",
    Process.API: "api.service",
    Process.AUDITOR: "ops.audit.follow",
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
    gc.disable()  # what is imported stays: looking for garbage in it takes a tenth of the start
    main_ = _main_of(_MODULES[process])
    gc.freeze()
    gc.enable()
    main_(load_environment())


@topics_app.command("create")
def topics_create() -> None:
    """Create the topics that are missing, check those that are there, and write the first input of a new market."""
    from ops.topics import await_coordinators, create_topics, seed_genesis

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
        await await_coordinators(environment.kafka_bootstrap)

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
    patience: Annotated[
        int, typer.Option(min=1, help="Ticks within which orders and attention must show: more on a busy machine.")
    ] = 3,
) -> None:
    """Try a running market from outside, one [OK] line a promise. Exit code 1 at the first promise that is broken."""
    from ops.smoke import run

    raise typer.Exit(run(url or _url(load_environment()), patience=patience))


@app.command()
def verify(
    first: Annotated[int | None, typer.Option("--from", min=1, help="First tick. [default: the first]")] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, help="Last tick. [default: the newest]")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Read ticks from a file instead of Kafka: a line a tick, `<sha256> <body>` or the body; .gz too."
        ),
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write what was read to such a file.")] = None,
) -> None:
    """Check the chain of ticks, and that each conserves cash and shares, with nothing but read access to market.ticks.

    Exit code 0: all is well. 1: a sentence for each fault. 2: the ticks could not be read.
    """
    from ops.audit.verify import verify as verify_

    bootstrap = _of_the_running_market().kafka_bootstrap
    raise typer.Exit(verify_(bootstrap, first=first, last=last, file=file, save=save))


@app.command()
def why(
    tick: Annotated[int, typer.Argument(min=1, help="Which tick.")],
    biome: Annotated[Biome | None, typer.Argument(help="Which biome. [default: all seven]")] = None,
) -> None:
    """Say in words and numbers why prices moved at a tick. Exit code 2: the tick could not be read."""
    from ops.audit.explain import explain

    raise typer.Exit(explain(_of_the_running_market().kafka_bootstrap, tick=tick, biome=biome))


@app.command()
def replay(
    tick: Annotated[int | None, typer.Option(min=1, help="One tick.")] = None,
    first: Annotated[int | None, typer.Option("--from", min=1, help="First tick of a range.")] = None,
    last: Annotated[int | None, typer.Option("--to", min=1, help="Last tick of it. [default: the newest]")] = None,
) -> None:
    """Fold the log again up to a tick, from the auditor's nearest snapshot before it, and compare the bytes of every tick.

    Exit code 0: they are the same. 1: the first tick that differs. 2: the ticks could not be read.
    """
    from ops.audit.replay import replay as replay_
    from ops.audit.resuming import FOLDER

    if tick is not None:
        first = last = tick
    environment = _of_the_running_market()
    snapshots = environment.data_dir.absolute() / FOLDER
    raise typer.Exit(replay_(environment.kafka_bootstrap, first=first, last=last, snapshots=snapshots))


@app.command()
def audit(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on beside the running market, and publish what is verified.")
    ] = False,
    accept: Annotated[
        int | None, typer.Option(min=1, help="Let the follower go on after the mismatch of this tick.")
    ] = None,
    because: Annotated[str, typer.Option(help="With --accept: why, for the record.")] = "An operator has looked at it.",
    resume: Annotated[bool, typer.Option("--resume", help="With --accept: resume trading as well.")] = False,
) -> None:
    """Are the books exact? Folds the whole log again and compares all that was published, the state and PostgreSQL.

    Exit code 0: they are. 1: a sentence for each fault. 2: a server does not answer.
    """
    environment = _of_the_running_market()
    if accept is not None:
        from ops.audit.accepting import accept as accept_

        raise typer.Exit(accept_(environment.kafka_bootstrap, tick=accept, because=because, resume=resume))
    if follow:
        from ops.audit.follow import main as follow_

        follow_(environment)
        raise typer.Exit
    from ops.audit.run import main

    raise typer.Exit(main(environment))


DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what differs.")]


@repair_app.command("market")
def repair_market(*, dry_run: DryRun = False) -> None:
    """Rebuild the accounts and markets from market.inputs, after comparing every tick on the way with the published one.

    Exit code 0: the rows are right now. 1: they cannot be rebuilt, or (--dry-run) differ. 2: Kafka does not answer.
    """
    from ops.repair.run import repair_market as repair

    raise typer.Exit(repair(_of_the_running_market(), dry_run=dry_run))


@repair_app.command("attention")
def repair_attention(
    *, shard: Annotated[int, typer.Option(min=0, help="Which partition.")], dry_run: DryRun = False
) -> None:
    """Rebuild the counters of a shard from attention.pings, after comparing every report on the way. Exit codes as above."""
    from ops.repair.run import repair_attention as repair

    raise typer.Exit(repair(_of_the_running_market(), shard=shard, dry_run=dry_run))


@repair_app.command("history")
def repair_history() -> None:
    """Empty what history projects into PostgreSQL, so that it is projected again from the log. Users and keys stay.

    Exit code 0: history makes the tables again now. 1: the log does not have its beginning any more. 2: a server does not answer.
    """
    from ops.repair.history import repair_history as repair

    raise typer.Exit(repair(_of_the_running_market()))


Seconds = Annotated[float, typer.Option(min=1, help="How long.")]


@bench_app.command("reads")
def bench_reads(
    clients: Annotated[int, typer.Option(min=1, help="Active clients.")] = 100,
    every: Annotated[float, typer.Option(min=0.01, help="Seconds between two requests of a client.")] = 1.0,
    seconds: Seconds = 30.0,
) -> None:
    """GET markets, portfolio and price history, beside a bare FastAPI route in the same minute."""
    from ops.bench.reads import measure_reads

    _show_as_it_comes(measure_reads(_url(load_environment()), clients=clients, every=every, seconds=seconds))


@bench_app.command("orders")
def bench_orders(
    rate: Annotated[int, typer.Option(min=1, help="Orders a second, each from a player of its own.")] = 500,
    seconds: Seconds = 20.0,
) -> None:
    """How long until an order is taken, which is when the broker has it."""
    from ops.bench.orders import measure_orders

    _show_as_it_comes(measure_orders(_url(load_environment()), rate=rate, seconds=seconds))


@bench_app.command("storm")
def bench_storm(
    orders: Annotated[int, typer.Option(min=1, help="Orders, each of a player of its own.")] = 100,
    copies: Annotated[int, typer.Option(min=1, help="How often each is sent.")] = 100,
) -> None:
    """A storm of retries: is each order filled exactly once?"""
    from ops.bench.orders import storm_of_retries

    _show_as_it_comes(storm_of_retries(_url(load_environment()), orders=orders, copies=copies))


@bench_app.command("streams")
def bench_streams(
    streams: Annotated[int, typer.Option(min=1, help="Open streams, twenty a player.")] = 1000,
    seconds: Seconds = 30.0,
) -> None:
    """From the tick to who follows the live stream, and whether any order event is lost."""
    from ops.bench.streams import measure_streams

    environment = _of_the_running_market()
    _show_as_it_comes(measure_streams(_url(environment), environment.kafka_bootstrap, streams=streams, seconds=seconds))


def _show_as_it_comes(lines: AsyncIterator[str]) -> None:
    import uvloop  # as the API does: a benchmark must not cost more than what it measures

    async def show() -> None:
        async for line in lines:
            typer.echo(line)

    uvloop.run(show())


def _of_the_running_market() -> Environment:
    """The settings, with the Kafka and PostgreSQL of the `biome up` that runs on the data folder, unless others are named."""
    from ops.kafka import bootstrap_of, nodes_of
    from ops.postgres import Postgres
    from ops.running import running_up

    environment = load_environment()
    data_dir = environment.data_dir.absolute()
    if running_up(data_dir) is None:
        return environment
    postgres = Postgres(data_dir / "postgres", port=environment.postgres_port)
    its_own = {
        "kafka_bootstrap": bootstrap_of(nodes_of(environment)),
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
