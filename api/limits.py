"""How many requests an address and a caller may make, and the headers that say so.

Counted in the memory of each replica: with three replicas a client may have up to three times as many. What must hold across
replicas stands elsewhere: passwords and registrations in PostgreSQL (``api.throttles``), orders in the market's fold.
"""

import asyncio
import math
import time
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.networks import is_within, network_of, parse_networks
from api.problems import TOO_MANY_REQUESTS, ProblemError, problem_response
from schemas.environment import Environment

WINDOW_SECONDS = 60
SWEEP_SECONDS = 60.0
_HEADERS = "rate_limits"
"""Where a request keeps what its answer will say, beside the application's own state."""


class Counters(MemoryStorage):
    """``limits``' counters, swept once a minute.

    As it comes, the library looks through all counters in a new thread after each request: with 10,000 of them that is four
    fifths of a request's 260 us.
    """

    def __init__(self) -> None:
        super().__init__()
        self.timer.join()
        self.timer = _NeverDue()  # type: ignore[assignment]  # of a timer, only this is asked

    def sweep(self) -> None:
        """Forget what has expired."""
        for key in list(self.expirations):
            self.get(key)


class _NeverDue:
    """In the place of the library's timer."""

    def is_alive(self) -> bool:
        return True


class RequestLimits:
    """Counts requests over a sliding minute."""

    def __init__(self, environment: Environment) -> None:
        self._counters = Counters()
        self._limiter = SlidingWindowCounterRateLimiter(self._counters)
        self._of_address = RateLimitItemPerMinute(environment.requests_per_minute_address, namespace="address")
        self._of_caller = RateLimitItemPerMinute(environment.requests_per_minute_caller, namespace="caller")
        self._uncounted = parse_networks(environment.limits_exempt)

    def is_counted(self, host: str | None) -> bool:
        """Whether limits by address hold for this one."""
        return not is_within(host, self._uncounted)

    def count_address(self, scope: Scope) -> None:
        """Count a request by its address.

        Raises:
            ProblemError: too many.
        """
        host = host_of(scope)
        if self.is_counted(host):
            self._count(scope, self._of_address, network_of(host) or "unknown")

    def count_caller(self, scope: Scope, caller: str) -> None:
        """Count a request by who makes it.

        Raises:
            ProblemError: too many.
        """
        self._count(scope, self._of_caller, caller)

    async def run(self) -> None:
        """Keep the memory small until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._counters.sweep()

    def _count(self, scope: Scope, limit: RateLimitItemPerMinute, who: str) -> None:
        taken = self._limiter.hit(limit, who)
        stats = self._limiter.get_window_stats(limit, who)
        reset = max(1, math.ceil(stats.reset_time - time.time()))
        policy = f'"{limit.namespace}";q={limit.amount};w={WINDOW_SECONDS}'
        state = f'"{limit.namespace}";r={stats.remaining};t={reset}'
        scope.setdefault(_HEADERS, []).append((policy, state))
        if not taken:
            raise ProblemError(
                TOO_MANY_REQUESTS,
                f"More than {limit.amount} requests within a minute from one {limit.namespace}. Wait as Retry-After says.",
                retry_after=reset,
            )


class LimitRequests:
    """Refuses an address that asks too much before anything is done for it, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits = _limits_of(scope)
        if limits is None:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and _HEADERS in scope:
                headers = MutableHeaders(scope=message)
                policies, states = zip(*scope[_HEADERS], strict=True)
                headers["RateLimit-Policy"] = ", ".join(policies)
                headers["RateLimit"] = ", ".join(states)
            await send(message)

        try:
            limits.count_address(scope)
        except ProblemError as problem:
            await problem_response(problem)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def host_of(scope: Scope) -> str | None:
    """The address of a request's client."""
    client = scope.get("client")
    return None if client is None else str(client[0])


def _limits_of(scope: Scope) -> RequestLimits | None:
    """The limits of the API; None for what is not its business (the page's files, the beginning and end of the process)."""
    if scope["type"] != "http" or not scope["path"].startswith("/api/"):
        return None
    services: Any = getattr(scope["app"].state, "services", None)
    return None if services is None else services.request_limits
