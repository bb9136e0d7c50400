"""`biome verify`: what anyone can check who may read market.ticks, or has a file of it."""

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

from aiokafka.errors import KafkaError

from ops.audit.progress import Progress
from ops.audit.published import TICKS, Stated, reader_of_ticks, seek_tick, stated
from schemas.decoding import decode_tick
from schemas.messages.market_ticks import Tick
from streams.receipts.chain import Chain

MOST_FAULTS: Final = 20
"""One fault often makes many; the first ones tell."""
HASH_CHARACTERS: Final = 64


def verify(bootstrap: str, *, first: int | None, last: int | None, file: Path | None, save: Path | None) -> int:
    """Check the chain, and each tick by itself. Prints what was found; returns the exit status."""
    ticks = _ticks_of_log(bootstrap, first=first) if file is None else _ticks_of_file(file)
    try:
        return asyncio.run(_verify(ticks, first=first, last=last, save=save))
    except (KafkaError, TimeoutError) as away:
        print(f"Kafka at {bootstrap} does not answer: {away}", file=sys.stderr)
    except (OSError, EOFError) as fault:  # gzip raises EOFError at a file that was cut off
        print(f"{file or save} could not be read or written: {fault}", file=sys.stderr)
    return 2


async def _verify(ticks: AsyncIterator[Stated], *, first: int | None, last: int | None, save: Path | None) -> int:
    chain, began, faults, witnessed = Chain(), None, list[str](), True
    progress = Progress(total=None if first is None or last is None else last - first + 1)
    with ExitStack() as stack:
        saved = None if save is None else stack.enter_context(_opened(save, "wb"))
        async for one in ticks:
            number = None if first is last is None else _number_of(one.body)
            if number is not None and number < (first or 0):
                continue
            if number is not None and last is not None and number > last:
                break
            faults += chain.take(one.body, one.hash)
            began = began or chain.last
            witnessed = one.hash is not None
            if saved is not None:
                saved.write(_line_of(one))
            progress.tick()
            if len(faults) >= MOST_FAULTS:
                break
    progress.finish()
    for fault in faults[:MOST_FAULTS]:
        print(f"[WRONG] {fault}")
    if chain.last is None or began is None:
        if not faults:
            print("There is no tick to verify.", file=sys.stderr)
        return 1 if faults else 2
    if not faults:
        _tell(progress, began=began.tick, last=chain.last.tick, hash_=chain.last.hash, wanted=last, witnessed=witnessed)
    return 1 if faults or (last is not None and chain.last.tick.tick < last) else 0


def _tell(progress: Progress, *, began: Tick, last: Tick, hash_: str, wanted: int | None, witnessed: bool) -> None:
    print(
        f"[OK] Ticks {began.tick} to {last.tick}: the chain is whole, and each tick conserves cash and shares and deals out "
        f"what it pooled ({progress.ticks} ticks, {progress.rate:.0f} a second)."
    )
    if began.tick > 1:
        print(f"     It begins at tick {began.tick}: what was before it was not checked.")
    if not witnessed:
        print("     No hash stands beside the last tick: only its own numbers were checked.")
    if wanted is not None and last.tick < wanted:
        print(f"[WRONG] Tick {wanted} was asked for, and the last one is {last.tick}.")
    print(f"     Hash of tick {last.tick}: {hash_}")


async def _ticks_of_log(bootstrap: str, *, first: int | None) -> AsyncIterator[Stated]:
    """From ``first`` on, up to what is the end now."""
    async with reader_of_ticks(bootstrap) as reader:
        log = reader[TICKS]
        if not await seek_tick(log, first or 1):
            return
        end = await log.end()
        while not await log.holds_nothing_before(end):
            yield stated(log.take())


async def _ticks_of_file(file: Path) -> AsyncIterator[Stated]:
    """A line a tick: its hash and its body, or its body alone."""
    with _opened(file, "rb") as lines:
        for line in _lines(lines):
            yield line


def _lines(lines: BinaryIO) -> Iterator[Stated]:
    for raw in lines:
        line = raw.rstrip(b"\r\n")
        if not line:
            continue
        if line.startswith(b"{"):
            yield Stated(line, None)
        else:
            yield Stated(line[HASH_CHARACTERS:].lstrip(), line[:HASH_CHARACTERS].decode(errors="replace"))


def _line_of(tick: Stated) -> bytes:
    return (b"" if tick.hash is None else tick.hash.encode() + b" ") + tick.body + b"\n"


def _opened(path: Path, mode: Literal["rb", "wb"]) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, mode))
    return path.open(mode)


def _number_of(body: bytes) -> int | None:
    try:
        return decode_tick(body).tick
    except ValueError:  # msgspec's faults are ValueErrors; the chain tells them
        return None
