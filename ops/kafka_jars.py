"""Kafka's jars: pinned by SHA-256 in ``kafka.lock``, got once by their Maven coordinates, checked at every start.

``python -m ops.kafka_jars`` writes the lock anew (``make lock`` calls it).
"""

import fcntl
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from ops.directories import disk_trouble_told
from ops.process import StartupProblem

KAFKA: Final = "org.apache.kafka:kafka_2.13:4.4.0"
LOGGING: Final = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"
"""Without this binding Kafka logs nothing. Of the version of the log4j-core that Kafka brings."""
LOCK: Final = Path(__file__).with_name("kafka.lock")
DOWNLOADS: Final = 8
"""At a time."""
TIMEOUT_SECONDS: Final = 60
"""Without a byte, until a download is given up."""

Progress = Callable[[str], None]


class Jar(NamedTuple):
    """One line of the lock."""

    coordinates: str
    """group:artifact:version"""
    sha256: str


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """The jars as they are pinned, in the order of the class path."""
    lines = (line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#"))
    return [Jar(coordinates, sha256) for coordinates, sha256 in lines]


def kafka_class_path(cache_dir: Path, progress: Progress) -> str:
    """The class path of Kafka, after every jar is there and has its pinned hash. Downloads what is missing (45 MB).

    Raises:
        StartupProblem: a jar cannot be had, or is not what was pinned.
    """
    repository = cache_dir.absolute() / "maven"
    repository.mkdir(parents=True, exist_ok=True)
    jars = read_lock()
    with _only_one_downloads(repository):
        missing = [jar for jar in jars if not _is_good(_path(repository, jar), jar)]
        if missing:
            progress(f"Getting Kafka: {len(missing)} of {len(jars)} files, 45 MB together, once.")
            _download(repository, missing, progress)
    return ":".join(str(_path(repository, jar)) for jar in jars)


def write_lock(lock: Path = LOCK) -> None:
    """Resolve Kafka's coordinates and pin what comes."""
    from jgo import resolve  # noqa: PLC0415 - costs half a second, which a start with all jars in place does not need

    # One after the other: together, the versions that log4j's parent manages would win over Kafka's own.
    versions: dict[str, str] = {}
    for artifact in [*resolve(LOGGING), *resolve(KAFKA)]:
        versions[f"{artifact.groupId}:{artifact.artifactId}"] = artifact.version
    coordinates = [f"{name}:{version}" for name, version in sorted(versions.items())]
    with tempfile.TemporaryDirectory() as scratch:
        pinned = [(name, _sha256(_fetch(Path(scratch), name))) for name in coordinates]
    header = f"# The jars of {KAFKA} and {LOGGING}, with their SHA-256. Made by `make lock`.\n"
    lock.write_text(header + "".join(f"{name} {sha256}\n" for name, sha256 in pinned))


def _download(repository: Path, jars: list[Jar], progress: Progress) -> None:
    with ThreadPoolExecutor(DOWNLOADS) as pool:
        for number, jar in enumerate(pool.map(lambda jar: _get(repository, jar), jars), start=1):
            if number % 10 == 0 or number == len(jars):
                progress(f"  {number} of {len(jars)}: {jar.coordinates}")


def _get(repository: Path, jar: Jar) -> Jar:
    path = _path(repository, jar)
    path.unlink(missing_ok=True)  # half a download of before
    try:
        with disk_trouble_told(path):
            _fetch(repository, jar.coordinates)
    except StartupProblem:
        raise
    except Exception as fault:  # jgo raises whatever its HTTP client raises
        path.unlink(missing_ok=True)
        raise StartupProblem(
            f"{jar.coordinates} could not be downloaded ({type(fault).__name__}: {fault}). Kafka's files come from Maven's central"
            " repository: check the network or its proxy, then start again; what is there already is kept."
        ) from fault
    if not _is_good(path, jar):
        path.unlink(missing_ok=True)
        raise StartupProblem(
            f"{jar.coordinates} is not the file that ops/kafka.lock pins: its SHA-256 differs. Something on the way changed it. Do not use"
            " this network for it, or find out what changed."
        )
    return jar


def _fetch(repository: Path, coordinates: str) -> Path:
    """Download one file of Maven's into a repository of ours, unless it is there."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - see write_lock

    group, artifact, version = coordinates.split(":")
    maven = MavenContext(repo_cache=repository, timeout=TIMEOUT_SECONDS)
    return Path(maven.project(group, artifact).at_version(version).artifact().resolve())


def _path(repository: Path, jar: Jar) -> Path:
    """Where Maven's layout has it."""
    group, artifact, version = jar.coordinates.split(":")
    return repository.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.jar")


def _is_good(path: Path, jar: Jar) -> bool:
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _only_one_downloads(repository: Path) -> Iterator[None]:
    with (repository / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    write_lock()
    sys.stdout.write(f"{LOCK.name}: {len(read_lock())} jars\n")
