"""Faust 0.15.3 with the faults mended that stand in the way of exactness. All of it is subclasses that Faust's own settings
accept; nothing is patched in place. The numbers are those of the table in docs/faust.md.

What Faust still does: agents, the worker, group membership, the assignment of partitions (the changelog's with the
input's), flow control, timers. What it no longer does: load tables, choose where to read on, send, and decide to go on
after an error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP
from mode import Service

from streams.durable.dying import Exit, die, dying, stop

DELIVERY_AND_STOP = 2
"""What Faust's consumer races for each message, and for nothing else."""
ROOM_SECONDS = 0.02
"""Between two looks whether a full buffer has room again: it holds more than this at any speed that was measured."""
TAKE_SECONDS = 0.02
"""Shortest time between two takes from Kafka that bring little, and"""
LITTLE = 100
"""so many messages are little: more than that are taken as fast as they come."""
A_YEAR_SECONDS = 365 * 86_400.0

OpenShards = Callable[[set[TP], Callable[[], bool]], Awaitable[None]]
"""Opens these partitions of the inputs, as long as they are still assigned."""
Positions = Callable[[], Mapping[TP, int]]


class PositionedConsumer(Consumer):
    """Reads on where the shards say, whatever the consumer group committed (faults 1, 8, 9)."""

    positions: Positions
    _next_take_at = 0.0

    async def perform_seek(self) -> None:
        assigned = self.assignment()
        positions = {tp: offset for tp, offset in self.positions().items() if tp in assigned}
        await self.seek_wait(positions)
        self._read_offset.update({tp: offset or None for tp, offset in positions.items()})
        self._committed_offset.update(positions)

    async def _wait_next_records(self, timeout: float) -> Any:  # noqa: ASYNC109 -- Faust's signature
        """Faust sleeps a second whenever no partition has room for more, which a busy one is five times a second (fault 15).

        And it takes each message as soon as it is there, two fifths of the market's processor time at 500 a second (fault 19). A message
        that comes after a pause is taken at once; those that follow it within ``TAKE_SECONDS`` are taken together.
        """
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._next_take_at - loop.time())
        while self.flow_active and not self._get_active_partitions() and not self.should_stop:  # noqa: ASYNC110 -- Faust has no event
            await asyncio.sleep(ROOM_SECONDS)
        records, partitions = await super()._wait_next_records(timeout)
        if sum(map(len, records.values())) < LITTLE:
            self._next_take_at = loop.time() + TAKE_SECONDS
        return records, partitions

    async def wait_first(self, *awaited: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109 -- Faust's signature
        """Faust delivers each message in a race of four tasks, to break off when the flow stops: half of a busy worker's CPU
        (fault 16). With the flow on and room in the queue, delivering does not wait, so there is nothing to break off.
        """
        if len(awaited) != DELIVERY_AND_STOP or not self.flow_active or self._buffered_partitions:
            return await super().wait_first(*awaited, timeout=timeout)
        delivery, stop_of_the_flow = awaited
        stop_of_the_flow.close()
        return await delivery


class OpeningRecovery(Recovery):
    """In place of Faust's recovery: with the flow stopped, the assigned shards are opened; then the flow goes on from
    their positions (faults 1, 11, 14). The shards load themselves, so Faust has nothing to recover.
    """

    open_shards: OpenShards

    @Service.task
    async def _restart_recovery(self) -> None:
        while not self.should_stop:
            if await self.wait_for_stopped(self.signal_recovery_start):
                break
            self.signal_recovery_start.clear()
            # Not cancelled when the group rebalances meanwhile: a shard is not left half opened, each wait in it has a limit,
            # and the signal of that rebalance is set here for the next round.
            with dying("opening the shards"):
                await self._open(self._generation_id)

    @Service.task
    async def _slurp_changelogs(self) -> None:
        """Nothing is read through Faust's changelog queue."""

    @Service.task
    async def _publish_stats(self) -> None:
        """Nothing is recovered by Faust, so there is nothing to report."""

    async def _open(self, generation: int) -> None:
        app, consumer, rebalances = self.app, self.app.consumer, self.app.rebalancing_count

        def still_assigned() -> bool:
            return bool(app.rebalancing_count == rebalances and app.consumer_generation_id == generation)

        consumer.stop_flow()
        app.flow_control.suspend()
        assigned = consumer.assignment()
        inputs = {tp for tp in assigned if not self._is_changelog_tp(tp)}
        await self.open_shards(inputs, still_assigned)
        if not still_assigned():
            return
        consumer.resume_partitions(inputs)
        try:
            await consumer.perform_seek()
        except IllegalStateError:
            # Another assignment came just now, and its signal with it.
            return
        self.completed.set()
        app.flow_control.resume()
        consumer.resume_flow()
        await app._fetcher.maybe_start()  # noqa: SLF001 -- as Faust's own recovery does
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        app.on_rebalance_end()


class OpeningTableManager(TableManager):
    """A table manager with ``OpeningRecovery``, and without a fixed wait of a second at its start (fault 15)."""

    recovery_type: type[OpeningRecovery]
    _recovery: Recovery | None

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = self.recovery_type(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class CrashOnlyWorker(faust.Worker):
    """Ends between two commits when asked to, and at once when anything of Faust crashes: starting again from the
    committed state takes less than Faust's own way down.
    """

    def __init__(self, app: faust.App, *, when_idle: asyncio.Lock, **options: Any) -> None:
        super().__init__(app, **options)
        self.spinner = None  # it writes to stdout, terminal or not
        self._when_idle = when_idle

    def _setup_logging(self) -> None:
        """Logs are configured by the process already."""

    def _schedule_shutdown(self, _signal: object) -> None:
        self._stopping = asyncio.ensure_future(self._stop_between_commits())

    async def _stop_between_commits(self) -> None:
        async with self._when_idle:
            stop()

    async def on_stop(self) -> None:
        die(Exit.UNEXPECTED, "Faust's worker stopped by itself.", crash=repr(self.app.crash_reason))


class WithoutWeb(faust.app.BootStrategy):
    """The worker's web server binds 0.0.0.0:6066 whatever ``web_enabled`` says (fault 12)."""

    enable_web = False


def mended_app(app_id: str, *, bootstrap: str, member: str, open_shards: OpenShards, positions: Positions) -> faust.App:
    """A Faust app whose consumer and tables are the mended ones.

    ``member`` is the static member id: unique among the workers of one app, the same after a restart, so that the group
    does not wait for the dead one's session (fault 15).
    """

    class _Consumer(PositionedConsumer):
        pass

    class _Recovery(OpeningRecovery):
        pass

    class _TableManager(OpeningTableManager):
        recovery_type = _Recovery

    class _Transport(Transport):
        Consumer = _Consumer

    _Consumer.positions = staticmethod(positions)
    _Recovery.open_shards = staticmethod(open_shards)

    class _App(faust.App):
        BootStrategy = WithoutWeb

        def _create_directories(self) -> None:
            """Nothing is kept in files; Faust would leave an empty folder where it was started (fault 18)."""

    app = _App(
        app_id,
        broker=";".join(f"kafka://{server}" for server in bootstrap.split(",")),
        store="memory://",
        autodiscover=False,
        web_enabled=False,
        consumer_group_instance_id=f"{app_id}-{member}",
        consumer_auto_offset_reset="earliest",
        # A dead worker without a successor of the same name is replaced after a session.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
        broker_request_timeout=20.0,
        broker_commit_interval=0.5,
        # aiokafka counts the seconds without a fetch, which a standby without partitions never does: after this time it
        # would leave the group for ever (fault 17).
        broker_max_poll_interval=A_YEAR_SECONDS,
        stream_recovery_delay=0.0,
        # Events are handed to the fold one by one and acknowledged; there is nothing to wait for at a rebalance.
        stream_wait_empty=False,
        # Topics are created by `biome topics create`, with their settings (fault 13).
        topic_allow_declare=False,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
        TableManager=_TableManager,
    )
    app.transport = _Transport(app.conf.broker_consumer, app)
    return app
