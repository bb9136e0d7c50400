"""What the routes of one process share, and the work that goes on behind them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request

from api.auth.callers import Callers
from api.auth.passwords import Passwords
from api.auth.tokens import Tokens
from api.database import Pool, make_pool
from api.limits import RequestLimits
from api.live.hub import Hub
from api.log_writer import LogWriter
from api.markets.day_ago import DayAgoPrices
from api.networks import parse_networks
from api.orders.origins import Origins
from api.orders.recording import OrderRecorder
from api.other_sites import origins_of
from api.projected import ProjectedTick
from api.publications import Publications
from api.status.audit import AuditWatch
from api.status.lag import LagWatch
from api.status.metrics import Metrics
from api.status.watch import TickWatch
from api.throttles import remove_full
from api.turns import Turns
from schemas.environment import Environment
from schemas.units import AmountError, MicroBdt, parse_amount

SHORTEST_SECRET_BYTES = 32
"""RFC 7518: a key for HS256 has at least the 256 bits of the hash."""
HISTORY_READS_AT_ONCE = 3
"""Charts are for everyone, orders need the same pool: charts never hold more than these connections of it."""
HISTORY_READS_WAITING = 100
"""A read takes milliseconds, so this many wait for less than a second."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SettingsError(Exception):
    """A setting with which the API cannot run; its message says what to do."""


class Services:
    """Made once a process. Nothing is connected before ``running``."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.starting_grant = _starting_grant(environment)
        self.tokens = Tokens(_secret(environment), hours=environment.jwt_hours)
        self.passwords = Passwords()
        self.pool: Pool = make_pool(environment)
        self.history_turns = Turns(at_once=HISTORY_READS_AT_ONCE, waiting=HISTORY_READS_WAITING)
        self.publications = Publications()
        self.metrics = Metrics()
        self.metrics_networks = parse_networks(environment.metrics_networks)
        self.watch = TickWatch(self.metrics)
        self.writer = LogWriter(environment.kafka_bootstrap, self.metrics)
        self.callers = Callers(self.pool)
        self.open_accounts: set[str] = set()
        """Players whose accounts are known to be open."""
        self.request_limits = RequestLimits(environment)
        self.projected = ProjectedTick(environment, rights=self)
        self.orders = OrderRecorder(self.pool)
        self.origins = Origins(self.pool)
        self.day_ago = DayAgoPrices(self.pool)
        self.hub = Hub(
            environment.kafka_bootstrap,
            self.day_ago,
            seen=self.watch.take,
            cut_off=self.metrics.stream_cut_off,
            offered=self.metrics.offered,
            origins=self.origins,
        )
        self.lag = LagWatch(environment.kafka_bootstrap, self.hub.newest_tick, self.metrics)
        self.audit = AuditWatch(environment.kafka_bootstrap, self.metrics)

    @asynccontextmanager
    async def running(self, *others: Coroutine[Any, Any, None], on_failure: Callable[[], None]) -> AsyncIterator[None]:
        """Work in the background meanwhile. A part that fails is logged, and ``on_failure`` told: the process should end."""
        await self.pool.open(wait=False)
        parts = [
            self.writer.run(),
            self.projected.run(),
            self.day_ago.run(),
            self.hub.run(),
            self.hub.run_heartbeats(),
            self.hub.run_stale_watch(),
            self.lag.run(),
            self.audit.run(),
            self.request_limits.run(),
            self.callers.run(),
            remove_full(self.pool),
        ]
        tasks = [asyncio.create_task(part) for part in (*parts, *others)]
        for task in tasks:
            task.add_done_callback(lambda ended: _tell_failure(ended, on_failure))
        try:
            yield
        finally:
            self.hub.close_streams()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.passwords.close()
            await self.pool.close()

    def rights_changed(self, player: str) -> None:
        """A player's sessions, keys or role have changed: ask again, and let open streams prove themselves again."""
        self.callers.forget(player)
        self.hub.close_streams_of(player)

    def rights_may_have_changed(self) -> None:
        """This process may have missed such a change: nobody is remembered, and players' streams prove themselves again."""
        self.callers.forget_all()
        self.hub.close_streams_of_players()


def _tell_failure(ended: "asyncio.Task[None]", on_failure: Callable[[], None]) -> None:
    if ended.cancelled() and ended.cancelling():
        return  # it was told to
    fault = asyncio.CancelledError("nobody asked for it") if ended.cancelled() else ended.exception()
    log.error("background_work_ended", fault=repr(fault), exc_info=fault)
    on_failure()


def check_settings(environment: Environment) -> None:
    """Find out before anything starts whether the API can run with these settings.

    Raises:
        SettingsError: it cannot.
    """
    _secret(environment)
    _starting_grant(environment)
    for name, read in (
        ("BIOME_LIMITS_EXEMPT", lambda: parse_networks(environment.limits_exempt)),
        ("BIOME_METRICS_NETWORKS", lambda: parse_networks(environment.metrics_networks)),
        ("BIOME_CORS_ORIGINS", lambda: origins_of(environment)),
    ):
        try:
            read()
        except ValueError as fault:
            raise SettingsError(f"{name}: {fault}.") from None


def _secret(environment: Environment) -> str:
    secret = environment.jwt_secret
    if secret is None or len(secret.get_secret_value().encode()) < SHORTEST_SECRET_BYTES:
        raise SettingsError(
            f"Set BIOME_JWT_SECRET to a secret of {SHORTEST_SECRET_BYTES} bytes or more: it signs the access tokens. "
            "`biome up` makes one by itself."
        )
    return secret.get_secret_value()


def _starting_grant(environment: Environment) -> MicroBdt:
    try:
        grant = parse_amount(environment.starting_grant_bdt)
    except AmountError as fault:
        raise SettingsError(f"BIOME_STARTING_GRANT_BDT: {fault}") from None
    if grant < 0:
        raise SettingsError("BIOME_STARTING_GRANT_BDT must not be negative.")
    return grant


# Async, as every dependency is: FastAPI runs any other in a thread, and a request waits for each change of threads.
async def _services(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesDependency = Annotated[Services, Depends(_services)]
