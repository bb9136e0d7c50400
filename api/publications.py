"""Public documents: rendered once a tick whoever asks, answered 304 to who has them already, compressed when large.

Only what everyone may see is compressed: beside something secret, the length of what an attacker had compressed tells of it
(BREACH). The stream is not compressed, since each event has to leave at once.
"""

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import cached_property
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Header, Request, Response
from pydantic import BaseModel

SMALLEST_COMPRESSED: Final = 1_400
"""Bytes: what fits one packet anyway gains nothing."""
COMPRESSION_LEVEL: Final = 5
"""Higher ones take several times as long for a few per cent."""
MOST_PUBLICATIONS: Final = 100
"""Documents that one process keeps: some 40 MB of the largest, and 2 MB of the usual ones."""

ASK_AGAIN: Final = "public, no-cache"
"""May be kept, and is asked for again with its ETag each time."""

NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "Nothing new since the `ETag` that `If-None-Match` named."}
}
"""In the ``responses=`` of a route that answers with a publication."""

IfNoneMatch: TypeAlias = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="The `ETag` of an earlier answer: a 304 without a body says that nothing is new.",
    ),
]


class Publication:
    """One document as bytes, as of a tick."""

    def __init__(self, document: BaseModel, *, tick: int) -> None:
        self.tick = tick
        self.body = document.model_dump_json().encode()

    @cached_property
    def compressed(self) -> bytes | None:
        """By gzip; None when that is not worth it."""
        if len(self.body) < SMALLEST_COMPRESSED:
            return None
        return gzip.compress(self.body, COMPRESSION_LEVEL, mtime=0)


class Publications:
    """The newest publication of each document. Requests for one that come at once wait for one rendering."""

    def __init__(self) -> None:
        self._newest: OrderedDict[Hashable, asyncio.Future[Publication]] = OrderedDict()

    async def get(
        self, document: Hashable, *, at_least_tick: int, make: Callable[[], Awaitable[Publication]]
    ) -> Publication:
        """The publication of a document, made anew when the one at hand is older than this tick."""
        while True:
            at_hand = self._newest.get(document)
            if at_hand is None or (at_hand.done() and not _is_good(at_hand, at_least_tick)):
                return await self._make(document, make)
            await asyncio.wait((at_hand,))
            if _is_good(at_hand, at_least_tick):
                self._newest.move_to_end(document)
                return at_hand.result()

    async def _make(self, document: Hashable, make: Callable[[], Awaitable[Publication]]) -> Publication:
        future: asyncio.Future[Publication] = asyncio.get_running_loop().create_future()
        self._newest[document] = future
        self._newest.move_to_end(document)
        try:
            publication = await make()
        except BaseException:
            future.cancel()  # whoever waits makes it themselves, and finds out why it fails
            if self._newest.get(document) is future:
                del self._newest[document]
            raise
        future.set_result(publication)
        while len(self._newest) > MOST_PUBLICATIONS:
            self._newest.popitem(last=False)
        return publication


def _is_good(at_hand: "asyncio.Future[Publication]", at_least_tick: int) -> bool:
    return not at_hand.cancelled() and at_hand.result().tick >= at_least_tick


def answer(request: Request, publication: Publication, *, cache_control: str = ASK_AGAIN) -> Response:
    """The HTTP answer of a publication."""
    unchanged = not_modified(request, publication.tick, cache_control=cache_control)
    if unchanged is not None:
        return unchanged
    body, headers = publication.body, _headers(publication.tick, cache_control)
    if takes_gzip(request) and publication.compressed is not None:
        body, headers["Content-Encoding"] = publication.compressed, "gzip"
    return Response(body, media_type="application/json", headers=headers)


def not_modified(request: Request, tick: int, *, cache_control: str = ASK_AGAIN) -> Response | None:
    """A 304 when the client has the document as of this tick already. Asked first, it spares all the work."""
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if _tag(tick).removeprefix("W/") not in known:
        return None
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(tick, cache_control))


def _headers(tick: int, cache_control: str) -> dict[str, str]:
    return {"ETag": _tag(tick), "Cache-Control": cache_control, "Vary": "Accept-Encoding"}


def _tag(tick: int) -> str:
    """An ETag names the tick. It is weak: compressed or not, it is the same document."""
    return f'W/"{tick}"'


def takes_gzip(request: Request) -> bool:
    """Whether the client takes gzip. ``gzip;q=0`` says that it does not."""
    for coding in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
