"""The built page at /: its entry is always asked for again, its hashed assets never."""

from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NOT_BUILT = (
    "<!doctype html><title>Biome Market</title>"
    "<p>The page is not built yet. <code>make up</code> builds it. The API works: see <a href='/docs'>/docs</a>.</p>"
)


class Page(StaticFiles):
    """Vite's output folder. It may be built while the API runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._index = folder / "index.html"

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
        response.headers["Cache-Control"] = FOREVER if path.startswith("assets/") else ASK_AGAIN
        return response


class PageMount(Mount):
    """The page, at every address that is not the API's: there, a method that no route takes must be a 405, not a 404."""

    def __init__(self, page: Page) -> None:
        super().__init__("/", app=page)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_the_apis = f"{scope['path']}/".startswith("/api/")
        return (Match.NONE, {}) if is_the_apis else super().matches(scope)
