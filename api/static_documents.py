"""Documents that are the same for as long as the process runs: rendered and compressed once, and asked for again by their hash."""

import gzip
import hashlib
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Request, Response

from api.publications import ASK_AGAIN, COMPRESSION_LEVEL, takes_gzip


class StaticDocument:
    """A route of one JSON document, made when it is first asked for."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make

    def answer(self, request: Request) -> Response:
        """The whole document, or that nothing has changed."""
        headers = {"ETag": self._tag, "Cache-Control": ASK_AGAIN, "Vary": "Accept-Encoding"}
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if not takes_gzip(request):
            return Response(self._body, media_type="application/json", headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(self._compressed, media_type="application/json", headers=headers)

    @cached_property
    def _body(self) -> bytes:
        return msgspec.json.encode(self._make())

    @cached_property
    def _compressed(self) -> bytes:
        return gzip.compress(self._body, COMPRESSION_LEVEL, mtime=0)

    @cached_property
    def _tag(self) -> str:
        """Weak: compressed or not, it is the same document."""
        return f'W/"{hashlib.sha256(self._body).hexdigest()[:16]}"'
