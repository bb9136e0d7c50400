"""An auditor's whole state in files: what replay, repair and the auditor itself begin from. A damaged one is left out."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ops.audit.state import AuditState

NEWEST_KEPT: Final = 3
HOURS_KEPT: Final = 24
"""The last one of each hour, of the hours that have one."""
DAYS_KEPT: Final = 60
"""The last one of each day."""
COMPRESSION: Final = 1
"""Rows are JSON: the fastest level takes nine tenths off already."""
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_SUFFIX: Final = ".snapshot.gz"
_HASH_CHARACTERS: Final = 64

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AuditState)


class DamagedSnapshotError(Exception):
    """A file that is not what it was written as."""


class Snapshot(NamedTuple):
    """A file, by its name."""

    path: Path
    tick: int
    closed_at: int


def encode_snapshot(state: AuditState) -> bytes:
    """The bytes of a state: taken before the auditor goes on, since a state is alive."""
    return _encoder.encode(state)


def write_snapshot(folder: Path, encoded: bytes, *, tick: int, closed_at: int) -> Path:
    """Write a state so that the file is there whole or not at all, and remove what need not be kept any longer.

    Raises:
        OSError: the disk refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tick-{tick:012d}-{closed_at}{_SUFFIX}"
    unfinished = path.with_suffix(".new")
    with unfinished.open("wb") as file:
        checksum = hashlib.sha256(encoded).hexdigest().encode()
        file.write(gzip.compress(checksum + encoded, compresslevel=COMPRESSION, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    _sync(folder)
    for old in _not_kept(snapshots_in(folder)):
        old.path.unlink(missing_ok=True)
    return path


def read_snapshot(path: Path) -> AuditState:
    """The state in a file.

    Raises:
        DamagedSnapshotError: the file was changed or cut off.
        OSError: it cannot be read.
    """
    try:
        whole = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise DamagedSnapshotError(f"{path.name} is damaged: {fault}") from fault
    checksum, encoded = whole[:_HASH_CHARACTERS], whole[_HASH_CHARACTERS:]
    if hashlib.sha256(encoded).hexdigest().encode() != checksum:
        raise DamagedSnapshotError(f"{path.name} is damaged: it does not have its checksum")
    try:
        return _decoder.decode(encoded)
    except msgspec.MsgspecError as fault:
        raise DamagedSnapshotError(f"{path.name} was written by other code: {fault}") from fault


def snapshots_in(folder: Path) -> list[Snapshot]:
    """All files, the oldest tick first."""
    return sorted(_named(folder), key=lambda snapshot: snapshot.tick)


def _named(folder: Path) -> Iterator[Snapshot]:
    for path in folder.glob(f"tick-*{_SUFFIX}"):
        _, tick, closed_at = path.name.removesuffix(_SUFFIX).split("-")
        yield Snapshot(path, int(tick), int(closed_at))


def _not_kept(snapshots: list[Snapshot]) -> list[Snapshot]:
    kept = set(snapshots[-NEWEST_KEPT:])
    for period, most in ((HOUR_MS, HOURS_KEPT), (DAY_MS, DAYS_KEPT)):
        last_of = {snapshot.closed_at // period: snapshot for snapshot in snapshots}
        kept |= {last_of[number] for number in sorted(last_of)[-most:]}
    return [snapshot for snapshot in snapshots if snapshot not in kept]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
