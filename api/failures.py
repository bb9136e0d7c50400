"""What nobody thought of: logged, and answered like any other refusal. Plain ASGI, so that streams pass."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import INTERNAL, ProblemError, problem_response

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Failures:
    """The innermost middleware: within it the answer to a failure is counted, and has the headers of every other answer.

    Starlette answers failures outside of all middleware.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            if scope["type"] != "http" or begun:
                raise
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            problem = ProblemError(INTERNAL, "Something went wrong here. It has been logged.")
            await problem_response(problem)(scope, receive, send)
