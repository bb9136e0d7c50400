"""`biome up`: the whole market on one machine, from nothing to the first tick, and stopped again in reverse order."""

import asyncio
import operator
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psycopg
from pydantic import SecretStr

from ops.audit.verdicts import goes_on
from ops.directories import disk_trouble_told, require_free_port
from ops.kafka import Brokers, nodes_of
from ops.latest_tick import LatestTick
from ops.output import Console
from ops.page import WEB, build_page
from ops.postgres import DATABASE, Postgres, write_secret
from ops.process import Probe, Program, StartupProblem
from ops.running import the_only_up, write_processes
from ops.supervisor import Supervisor, Watch
from ops.topics import await_coordinators, create_topics, seed_genesis
from schemas.environment import Environment
from schemas.topics import replication_of

PATIENCE_SECONDS: Final = 30.0
"""For the Kafka or PostgreSQL of an `up` that was killed: they are stopping then, since they do not outlive it."""
FIRST_TICK_SECONDS: Final = 60.0
FOLLOW_SECONDS: Final = 30.0
"""Until the topic of ticks, which was just made, can be read."""
READY_SECONDS: Final = 60.0
WORKER_ATTEMPTS: Final = 5
"""A worker ends itself on any doubt and comes back clean, also at its first start."""
STALL_SECONDS: Final = 30.0
"""Without progress, until a process that lives is started again: longer than a Kafka that was killed takes to be back."""
AUDITOR_STALL_SECONDS: Final = 120.0
"""The same for the auditor, which reads its snapshot and all accounts before its first word."""
AUDITOR_LOOK_SECONDS: Final = 10.0
"""Between two looks at what the auditor says."""
FRESH_SECONDS: Final = 10.0
"""A last tick older than this says nothing about those who follow the market."""
HTTP_SECONDS: Final = 3.0
JWT_SECRET_BYTES: Final = 48
NICE: Final = {"attention": 4, "market": 4, "history": 4, "auditor": 12, "bots": 19}
"""Who stands back how far when the processors are short (``Program.nice``), so that what players wait for goes on: Kafka, PostgreSQL
and the API. At each tick all of these have work at once. No further than this: beside other heavy work, who stands back far stands
still, and players read what history has."""


async def up(environment: Environment, console: Console, *, supervise: type[Supervisor] = Supervisor) -> None:
    """Run everything until Ctrl-C or SIGTERM. ``supervise`` is for tests that run the programs in their own way.

    Raises:
        StartupProblem: something keeps it from starting; whatever had been started is stopped then.
    """
    data_dir = environment.data_dir.absolute()
    with disk_trouble_told(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        with the_only_up(data_dir):
            market = _Market(environment, data_dir, console)
            async with supervise(
                say=console.say, output=console.output, changed=lambda running: write_processes(data_dir, running)
            ) as supervisor:
                await supervisor.unless_interrupted(market.start(supervisor))
                await supervisor.interrupted.wait()
            market.release()
            write_processes(data_dir, {})
            console.say("Stopped. Everything is kept: `make up` goes on from here.")


class _Market:
    """All its parts, in the order in which they need each other."""

    def __init__(self, environment: Environment, data_dir: Path, console: Console) -> None:
        self._environment = environment
        self._data_dir = data_dir
        self._console = console
        self._brokers = Brokers(
            data_dir,
            cache_dir=environment.cache_dir,
            nodes=nodes_of(environment),
        )
        self._postgres = Postgres(data_dir / "postgres", port=environment.postgres_port)
        self._latest = LatestTick()
        self._follower: asyncio.Task[None] | None = None
        self._variables: dict[str, str] = {}

    def release(self) -> None:
        """Let go of what is held beside the processes."""
        if self._follower is not None:
            self._follower.cancel()
        self._brokers.release()
        self._postgres.release()

    async def start(self, supervisor: Supervisor) -> None:
        """Everything, up to the bots. What does not need another starts beside it: with two cores, time is processor time."""
        self._require_free_api_ports()
        brokers, postgres, _ = await _together(
            self._brokers.prepare(self._console.say, patience=PATIENCE_SECONDS),
            self._postgres.prepare(patience=PATIENCE_SECONDS),
            self._build_page(),
        )
        environment = self._environment_of_the_parts()
        self._variables = _variables_of(environment)
        self._console.say("Starting Kafka and PostgreSQL, then attention, market, history and the API.")
        await _together(
            self._start_kafka_and_what_needs_it(supervisor, brokers, environment),
            self._start_postgres_and_what_needs_it(supervisor, postgres),
        )
        await self._start_api(supervisor)
        await self._until_the_first_tick()
        if environment.auditor:
            await supervisor.start(
                self._python("auditor", ("run", "auditor"), ready=_at_once),
                watch=Watch(progresses=self._auditor_goes_on(), seconds=AUDITOR_STALL_SECONDS),
            )
        self._console.say(self._where_to_look(environment))
        if environment.bots:
            await supervisor.start(self._python("bots", ("bots", "--players", str(environment.bots)), ready=_at_once))

    def _require_free_api_ports(self) -> None:
        for port in self._api_ports:
            require_free_port(port, host=self._environment.api_host, of="the API", variable="BIOME_API_PORT")

    async def _start_kafka_and_what_needs_it(
        self, supervisor: Supervisor, brokers: Sequence[Program], environment: Environment
    ) -> None:
        # At once: none of several serves before most of them run.
        await _together(*(supervisor.start(broker) for broker in brokers))
        await _together(self._prepare_log(environment), await_coordinators(environment.kafka_bootstrap))
        await self._follow_ticks(environment)
        for number in range(1, environment.attention_workers + 1):
            await self._start_worker(supervisor, "attention", number=number, watch=self._attention_keeps_up())
        for number in range(1, environment.market_workers + 1):
            await self._start_worker(supervisor, "market", number=number, watch=self._market_ticks)

    async def _start_postgres_and_what_needs_it(self, supervisor: Supervisor, postgres: Program) -> None:
        await supervisor.start(postgres)
        await self._postgres.create_database(DATABASE)
        await self._start_worker(
            supervisor, "history", watch=self._history_keeps_up()
        )  # it makes its tables, and waits for the topics

    async def _build_page(self) -> None:
        if (WEB / "package.json").exists():
            await build_page(
                WEB, cache_dir=self._environment.cache_dir, say=self._console.say, output=self._console.output
            )

    async def _prepare_log(self, environment: Environment) -> None:
        created = await create_topics(
            environment.kafka_bootstrap,
            replication=environment.kafka_replication,
            attention_shards=environment.attention_shards,
        )
        if created:
            self._console.say(f"Created {len(created)} topics.")
        if await seed_genesis(environment):
            cash, shares = environment.genesis_cash_bdt, environment.genesis_treasury_shares
            self._console.say(f"A new market: {cash} BDT and {shares} shares a biome.")

    async def _follow_ticks(self, environment: Environment) -> None:
        started = asyncio.Event()
        self._follower = asyncio.create_task(self._latest.follow(environment.kafka_bootstrap, started))
        async with asyncio.timeout(FOLLOW_SECONDS):
            await started.wait()

    async def _start_api(self, supervisor: Supervisor) -> None:
        """The first replica serves before the others begin to start."""
        for number, port in enumerate(self._api_ports, 1):
            await self._start_worker(
                supervisor,
                "api",
                number=number,
                watch=self._api_answers("health", port=port),
                ready=self._api_answers("health/ready", port=port),
                variables={"BIOME_API_PORT": str(port)},
            )

    async def _start_worker(
        self,
        supervisor: Supervisor,
        kind: str,
        *,
        number: int = 1,
        watch: Probe,
        ready: Probe | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        first = number == 1
        worker_id = self._environment.worker_id
        program = self._python(
            kind if first else f"{kind}-{number}",
            ("run", kind),
            ready=ready or _at_once,
            variables={"BIOME_WORKER_ID": worker_id if first else f"{worker_id}-{number}", **(variables or {})},
        )
        await supervisor.start(program, watch=Watch(progresses=watch, seconds=STALL_SECONDS), attempts=WORKER_ATTEMPTS)

    def _python(
        self, name: str, arguments: Sequence[str], *, ready: Probe, variables: Mapping[str, str] | None = None
    ) -> Program:
        return Program(
            name=name,
            argv=(sys.executable, "-m", "ops.command", *arguments),
            ready=ready,
            environment={**self._variables, **(variables or {})},
            ready_seconds=READY_SECONDS,
            nice=NICE.get(name.partition("-")[0], 0),
        )

    async def _until_the_first_tick(self) -> None:
        try:
            async with asyncio.timeout(FIRST_TICK_SECONDS):
                await self._latest.first()
        except TimeoutError:
            raise StartupProblem(
                f"No tick came within {FIRST_TICK_SECONDS:.0f} s. What attention and market said is above and in {self._data_dir / 'logs'}."
            ) from None

    async def _market_ticks(self) -> bool:
        return self._latest.fresh(FRESH_SECONDS)

    def _attention_keeps_up(self) -> Probe:
        before: list[int] = []

        async def progresses() -> bool:
            """Up to date, or catching up: on a slow machine a restart would only make it later."""
            nonlocal before
            tick = self._latest.tick
            if tick is None or not self._latest.fresh(FRESH_SECONDS):
                return True  # the market is down: this says nothing about attention
            reached = [0 if shard is None else shard.offset for shard in tick.attention.shards]
            if tick.attention.stale and not (before and all(map(operator.gt, reached, before))):
                before = before or reached
                return False
            before = reached
            return True

        return progresses

    def _history_keeps_up(self) -> Probe:
        before = -1

        async def progresses() -> bool:
            nonlocal before
            if not self._latest.fresh(FRESH_SECONDS):
                return True  # nothing to project
            async with await psycopg.AsyncConnection.connect(self._postgres.url) as connection:
                row = await (await connection.execute(_PROJECTED)).fetchone()
            assert row is not None
            last, before = before, row[0]
            return bool(row[0] > last)

        return progresses

    def _auditor_goes_on(self) -> Probe:
        verifies = goes_on(self._brokers.bootstrap, every_seconds=AUDITOR_LOOK_SECONDS)

        async def progresses() -> bool:
            return not self._latest.fresh(FRESH_SECONDS) or await verifies()

        return progresses

    def _api_answers(self, path: str, *, port: int) -> Probe:
        async def answers() -> bool:
            return await asyncio.to_thread(_answers, f"{self._api_url(port)}/api/v1/{path}")

        return answers

    @property
    def _api_ports(self) -> range:
        first = self._environment.api_port
        return range(first, first + self._environment.api_replicas)

    def _api_url(self, port: int) -> str:
        host = self._environment.api_host
        if host in {"0.0.0.0", "::"}:  # noqa: S104 - nothing is bound here: every address includes this one
            host = "127.0.0.1"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _environment_of_the_parts(self) -> Environment:
        """The settings as the processes get them: what `up` started, and where it put things."""
        return self._environment.model_copy(
            update={
                "data_dir": self._data_dir,
                "cache_dir": self._environment.cache_dir.absolute(),
                "page_dir": self._environment.page_dir
                if "page_dir" in self._environment.model_fields_set
                else WEB / "dist",
                "kafka_bootstrap": self._brokers.bootstrap,
                "kafka_replication": self._environment.kafka_replication
                if "kafka_replication" in self._environment.model_fields_set
                else replication_of(self._environment.brokers),
                "database_url": SecretStr(self._postgres.url),
                "jwt_secret": self._environment.jwt_secret or SecretStr(_kept_jwt_secret(self._data_dir)),
                "log_format": "readable" if self._wants_readable_logs() else self._environment.log_format,
            }
        )

    def _wants_readable_logs(self) -> bool:
        return self._environment.log_format == "auto" and sys.stdout.isatty()

    def _where_to_look(self, environment: Environment) -> str:
        tick = self._latest.tick
        assert tick is not None
        url = self._api_url(environment.api_port)
        bots = f"{environment.bots} play (BOTS=0 switches them off)" if environment.bots else "none (BOTS=5 plays some)"
        return f"""
  Biome Market runs: tick {tick.tick}.

    Page        {url}/
    API         {url}/docs
    Kafka       {environment.kafka_bootstrap}
    Logs        {self._data_dir / "logs"}
    Bots        {bots}

  Ctrl-C stops it, as does `make down`. Everything is kept in {self._data_dir}.
"""


_PROJECTED: Final = "SELECT next_offset FROM projection_offsets WHERE topic = 'market.ticks'"


async def _at_once() -> bool:
    return True


async def _together(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do several things at once: what each gave. The first that cannot be done ends the others; raises its StartupProblem."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from None
    return [task.result() for task in tasks]


def _answers(url: str) -> bool:
    with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=HTTP_SECONDS) as response:  # noqa: S310 - our own URL
        return bool(response.status == 200)  # noqa: PLR2004 - HTTP's OK
    return False


def _kept_jwt_secret(data_dir: Path) -> str:
    file = data_dir / "jwt-secret"
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(JWT_SECRET_BYTES))
    return file.read_text().strip()


def _variables_of(environment: Environment) -> dict[str, str]:
    """The settings as environment variables."""
    variables = {}
    for name, value in environment:
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            variables[f"BIOME_{name.upper()}"] = text
    return variables
