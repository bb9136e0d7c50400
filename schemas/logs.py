"""Structured logs of every process: readable on a terminal, one JSON object a line elsewhere."""

import logging
import sys
import time

import structlog

from schemas.environment import Environment

OUR_PACKAGES = frozenset({"schemas", "streams", "api", "ops"})
"""What these log is never dropped."""


def configure_logging(environment: Environment, process: str) -> None:
    """Send structlog's and the standard library's logs to stderr, each line with the name of the process.

    Lines about a tick or an offset carry it as a key (``tick=``, ``offset=``), so that logs can be joined with the topics.
    """
    readable = environment.log_format == "readable" or (environment.log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _name(process),
    ]
    level = logging.getLevelNamesMapping()[environment.log_level.upper()]
    structlog.configure(
        # What is not shown is not made either: an order has a line of its own at the level of debugging.
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendered: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if readable:
        # Never with the locals of each frame, as the renderer does where `rich` is installed: passwords are among them.
        plain = structlog.dev.plain_traceback
        rendered.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain))
    else:
        rendered += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=rendered))
    handler.addFilter(LibrariesOnceAWhile())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in (
        "aiokafka",
        "faust",
        "mode",
        "streams.durable.mended_faust",
        "uvicorn.access",
        "httpx",
        "asyncio",
        "alembic",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))


class LibrariesOnceAWhile(logging.Filter):
    """Lets the same complaint of a library through once in a while: aiokafka makes 300 a second while a broker is away."""

    PERIOD_SECONDS = 5.0
    MOST_REMEMBERED = 1_000

    def __init__(self) -> None:
        super().__init__()
        self._let_through: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] in OUR_PACKAGES:
            return True
        complaint, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._let_through.get(complaint, -self.PERIOD_SECONDS) < self.PERIOD_SECONDS:
            return False
        if len(self._let_through) >= self.MOST_REMEMBERED:
            self._let_through.clear()
        self._let_through[complaint] = now
        return True


def _name(process: str) -> structlog.typing.Processor:
    def add(
        _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        return {"process": process, **event}

    return add
