"""Guessing passwords and making accounts, bounded across all replicas.

A try is counted before the password is looked at and given back when it was right: any number of guesses at once spend what
they may, and no more. A name that nobody has is counted like any other, so nothing can be learned from the answers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from api.limits import host_of
from api.networks import network_of
from api.problems import TOO_MANY_ATTEMPTS, TOO_MANY_REGISTRATIONS, ProblemError
from api.services import Services
from api.throttles import Throttle, give_back, take

OF_NAME_AND_NETWORK = Throttle("sign-in: name and network", tries=10, seconds=600)
"""A person who has forgotten which of ten passwords it was; 1,500 guesses a day for anyone else."""
OF_NETWORK = Throttle("sign-in: network", tries=100, seconds=600)
"""A school behind one address, and not one password tried with every name."""
OF_NAME = Throttle("sign-in: name", tries=200, seconds=3_600)
"""Guesses from many networks at once. Who is attacked so much cannot sign in meanwhile either; sessions and keys go on."""
HOUR_SECONDS = 3_600


class Attempt:
    """What a sign-in has to say."""

    right = False


@asynccontextmanager
async def sign_in_attempt(services: Services, request: Request, username: str) -> AsyncIterator[Attempt]:
    """Count a try to give a user's password; set ``right`` if it was, and it is not counted.

    Raises:
        ProblemError: too many tries.
    """
    network = network_of(host_of(request.scope)) or "unknown"
    name = username.lower()
    spent: list[tuple[Throttle, tuple[str, ...]]] = [(OF_NAME_AND_NETWORK, (name, network)), (OF_NAME, (name,))]
    if services.request_limits.is_counted(host_of(request.scope)):
        spent.append((OF_NETWORK, (network,)))
    for throttle, of in spent:
        wait = await take(services.pool, throttle, *of)
        if wait is not None:
            raise ProblemError(
                TOO_MANY_ATTEMPTS,
                "Too many attempts to sign in with this name or from this address. Wait as Retry-After says.",
                retry_after=wait,
            )
    attempt = Attempt()
    yield attempt
    if attempt.right:
        for throttle, of in spent:
            await give_back(services.pool, throttle, *of)


async def count_registration(services: Services, request: Request) -> None:
    """Count a registration by its address: each is a grant, and attention of its own.

    Raises:
        ProblemError: too many.
    """
    host = host_of(request.scope)
    if not services.request_limits.is_counted(host):
        return
    throttle = Throttle("registration", tries=services.environment.registrations_per_hour, seconds=HOUR_SECONDS)
    wait = await take(services.pool, throttle, network_of(host) or "unknown")
    if wait is not None:
        raise ProblemError(
            TOO_MANY_REGISTRATIONS,
            f"More than {throttle.tries} registrations an hour from one address. Wait as Retry-After says.",
            retry_after=wait,
        )
