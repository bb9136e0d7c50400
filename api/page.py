"""The built page at /: its entry is always asked for again, its hashed assets never."""

import asyncio
import gzip
from collections import OrderedDict
from http import HTTPStatus
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.publications import SMALLEST_COMPRESSED, takes_gzip

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
COMPRESSED = frozenset({".css", ".html", ".js", ".json", ".map", ".svg", ".webmanifest"})
"""What gzip makes smaller. Pictures and fonts are compressed already."""
MOST_KEPT = 200
"""Compressed files in memory: a build has some thirty, together under a megabyte."""
NOT_BUILT = (
    "<!doctype html><title>Biome Market</title>"
    "<p>The page is not built yet. <code>make up</code> builds it. The API works: see <a href='/docs'>/docs</a>.</p>"
)


class Page(StaticFiles):
    """Vite's output folder. It may be built while the API runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._index = folder / "index.html"
        self._compressed: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def check_config(self) -> None:
        """A folder that does not exist is no fault: the page is not built yet."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(path, scope)
        except HTTPException as refused:
            if path in (".", "index.html") and not self._index.exists():
                return HTMLResponse(NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
            if refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                refused.headers = {"Allow": "GET, HEAD"}
            raise
        if isinstance(response, FileResponse):
            response = await self._perhaps_compressed(response, scope)
        response.headers["Cache-Control"] = FOREVER if path.startswith("assets/") else ASK_AGAIN
        return response

    async def _perhaps_compressed(self, file: FileResponse, scope: Scope) -> Response:
        """The file by gzip if that is worth it. Asked for a part, or without gzip, it is the file as it is."""
        path = Path(file.path)
        if path.suffix not in COMPRESSED or int(file.headers["content-length"]) < SMALLEST_COMPRESSED:
            return file
        file.headers.add_vary_header("Accept-Encoding")
        request = Request(scope)
        if not takes_gzip(request) or "range" in request.headers or scope["method"] != "GET":
            return file
        key = (str(path), file.headers["etag"])
        if key not in self._compressed:
            body = await asyncio.to_thread(path.read_bytes)
            self._compressed[key] = await asyncio.to_thread(gzip.compress, body, mtime=0)
            if len(self._compressed) > MOST_KEPT:
                self._compressed.popitem(last=False)
        kept = {"Content-Encoding": "gzip", "ETag": f"W/{file.headers['etag']}", "Vary": file.headers["vary"]}
        kept["Last-Modified"] = file.headers["last-modified"]
        return Response(self._compressed[key], media_type=file.media_type, headers=kept)


class PageMount(Mount):
    """The page, at every address that is not the API's: there, a method that no route takes must be a 405, not a 404."""

    def __init__(self, page: Page) -> None:
        super().__init__("/", app=page)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_the_apis = f"{scope['path']}/".startswith("/api/")
        return (Match.NONE, {}) if is_the_apis else super().matches(scope)
