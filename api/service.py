"""The API process: uvicorn, one worker. More of them are more processes."""

import resource
import signal
import socket

import structlog
import uvicorn
import uvloop

from api.application import create_application
from api.live.transport import CuttableProtocol
from api.services import Services, SettingsError, check_settings
from schemas.environment import Environment
from schemas.logs import configure_logging

STOP_SECONDS = 5
"""Longest that requests which are still open keep the process from ending."""
BACKLOG = 2_048

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """Serves the application of an environment. Ends when told, or when work behind the routes has failed."""

    def __init__(self, environment: Environment) -> None:
        self._application = create_application(environment, on_failure=self.fail)
        self.failed = False
        super().__init__(
            uvicorn.Config(
                self._application,
                http=CuttableProtocol,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

    def fail(self) -> None:
        """Stop, and let whoever started the process know that it has to start again."""
        self.failed = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the open streams first: uvicorn waits for open requests, and a stream never ends by itself."""
        services = getattr(self._application.state, "services", None)
        if isinstance(services, Services):
            services.hub.close_streams()
        await super().shutdown(sockets)


def main(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT. Ends with a sentence and status 1 if it cannot serve."""
    configure_logging(environment, "api")
    try:
        check_settings(environment)
    except SettingsError as fault:
        raise SystemExit(str(fault)) from None
    open_files = raise_open_files()
    listener = _listen(environment)
    # uvicorn raises the signal again when it is done; by then there is nothing left to do.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, _nothing_left)
    server = Server(environment)
    log.info("api_listens", host=environment.api_host, port=environment.api_port, open_files=open_files)
    uvloop.run(server.serve(sockets=[listener]))
    if server.failed or not server.started:
        raise SystemExit(1)
    log.info("api_stopped")


def raise_open_files() -> int:
    """Each stream is an open file, and systems let a process have 1,024 of them unless it asks for more. How many it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _listen(environment: Environment) -> socket.socket:
    address = (environment.api_host, environment.api_port)
    family = socket.AF_INET6 if ":" in environment.api_host else socket.AF_INET
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as fault:
        raise SystemExit(
            f"The API cannot listen on {environment.api_host}:{environment.api_port} ({fault.strerror})."
            " Free the port, or set BIOME_API_PORT to another one."
        ) from None


def _nothing_left(_signal: int, _frame: object) -> None:
    pass
