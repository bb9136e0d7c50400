"""What a flood meets: bounds, with an answer that says to come back, and nothing that grows without end."""

import asyncio
from contextlib import ExitStack
from http import HTTPStatus

import pytest
from starlette.types import Message

import api.auth.passwords
import api.live.admission
from api.auth.passwords import Passwords
from api.database import make_pool
from api.live.admission import admit
from api.live.connection import Connection
from api.live.hub import Hub
from api.markets.day_ago import DayAgoPrices
from api.networks import network_of
from api.problems import BUSY, TOO_MANY_STREAMS, ProblemError, problem_response
from api.turns import Turns
from schemas.environment import Environment


async def nowhere(_message: Message) -> None:
    """The other end of a stream of which only the number counts."""


def hub_of_nothing() -> Hub:
    return Hub("", DayAgoPrices(make_pool(Environment())), seen=lambda _: None, cut_off=lambda _: None)


def refusal_of(hub: Hub, *, player: str | None, network: str | None) -> str | None:
    try:
        admit(hub, Environment(streams_per_player=3, streams_per_address=5), player=player, network=network)
    except ProblemError as problem:
        return problem.kind.code
    return None


async def test_those_above_the_bound_are_told_to_come_back_and_a_free_turn_is_given_again() -> None:
    turns = Turns(at_once=1, waiting=1)
    finish = asyncio.Event()

    async def work() -> None:
        async with turns.turn():
            await finish.wait()

    both = [asyncio.create_task(work()) for _ in range(2)]
    while turns._inside < len(both):  # noqa: ASYNC110 - one has its turn, and one waits for it
        await asyncio.sleep(0)
    with pytest.raises(ProblemError) as refused:
        await work()
    assert refused.value.kind is BUSY
    answer = problem_response(refused.value)
    assert (answer.status_code, answer.headers["retry-after"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "1")
    finish.set()
    await asyncio.gather(*both)
    await work()


async def test_a_flood_of_logins_waits_in_a_queue_that_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.auth.passwords, "MOST_WAITING", 1)
    passwords = Passwords()
    answers = await asyncio.gather(*(passwords.matches("guess", None) for _ in range(6)), return_exceptions=True)
    passwords.close()
    admitted = api.auth.passwords.MOST_AT_ONCE + 1
    assert answers[:admitted] == [False] * admitted
    assert [answer.kind for answer in answers if isinstance(answer, ProblemError)] == [BUSY] * (6 - admitted)


async def test_one_network_or_player_has_so_many_streams_and_others_still_get_theirs() -> None:
    hub = hub_of_nothing()
    with ExitStack() as streams:
        for player in (None, None, "someone", "someone", "someone"):
            assert refusal_of(hub, player=player, network="192.0.2.1") is None
            streams.enter_context(hub.connected(Connection(nowhere, player=player, network="192.0.2.1")))
        assert refusal_of(hub, player="someone", network="192.0.2.2") == TOO_MANY_STREAMS.code
        for player in (None, "another"):
            assert refusal_of(hub, player=player, network="192.0.2.1") == TOO_MANY_STREAMS.code
            assert refusal_of(hub, player=player, network="192.0.2.2") is None
            assert refusal_of(hub, player=player, network=None) is None  # BIOME_LIMITS_EXEMPT
    assert refusal_of(hub, player=None, network="192.0.2.1") is None
    assert refusal_of(hub, player="someone", network="192.0.2.1") is None


async def test_a_full_process_takes_no_more_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.live.admission, "MOST_STREAMS", 2)
    hub = hub_of_nothing()
    with hub.connected(Connection(nowhere, player=None)), hub.connected(Connection(nowhere, player="someone")):
        assert refusal_of(hub, player="another", network="192.0.2.1") == BUSY.code
    assert refusal_of(hub, player="another", network="192.0.2.1") is None


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::", "2001:db8:0:1::/64"),
        (None, None),
    ],
)
def test_a_client_cannot_multiply_by_the_addresses_of_its_network(host: str | None, network: str | None) -> None:
    assert network_of(host) == network
