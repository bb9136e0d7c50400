"""A public document is rendered once a tick, whoever asks and whatever fails."""

import asyncio

import pytest
from pydantic import BaseModel

from api.publications import MOST_PUBLICATIONS, Publication, Publications


class Document(BaseModel):
    number: int


class Press:
    """Renders slowly, and counts how often."""

    def __init__(self) -> None:
        self.tick = 1
        self.rendered = 0
        self.fails = False
        self.begun = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def make(self) -> Publication:
        self.rendered += 1
        self.begun.set()
        await self.may_go_on.wait()
        if self.fails:
            raise ConnectionError
        return Publication(Document(number=self.rendered), tick=self.tick)


async def test_requests_that_come_at_once_wait_for_one_rendering() -> None:
    publications, press = Publications(), Press()
    asked = [asyncio.create_task(publications.get("markets", at_least_tick=1, make=press.make)) for _ in range(20)]
    await press.begun.wait()
    press.may_go_on.set()
    assert len({id(publication) for publication in await asyncio.gather(*asked)}) == 1
    assert press.rendered == 1


async def test_a_new_tick_is_rendered_anew_and_an_old_one_is_not() -> None:
    publications, press = Publications(), Press()
    press.may_go_on.set()
    first = await publications.get("markets", at_least_tick=1, make=press.make)
    assert await publications.get("markets", at_least_tick=1, make=press.make) is first
    press.tick = 2
    second = await publications.get("markets", at_least_tick=2, make=press.make)
    assert second.tick == 2
    assert await publications.get("markets", at_least_tick=1, make=press.make) is second
    assert press.rendered == 2


async def test_who_waits_for_a_rendering_that_fails_renders_it_themselves() -> None:
    publications, press = Publications(), Press()
    asked = [asyncio.create_task(publications.get("markets", at_least_tick=1, make=press.make)) for _ in range(3)]
    await press.begun.wait()
    press.fails = True
    press.may_go_on.set()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(end, ConnectionError) for end in ended)
    press.fails = False
    assert (await publications.get("markets", at_least_tick=1, make=press.make)).tick == 1


async def test_a_client_that_leaves_takes_nothing_from_those_who_wait() -> None:
    publications, press = Publications(), Press()
    leaves = asyncio.create_task(publications.get("markets", at_least_tick=1, make=press.make))
    stays = asyncio.create_task(publications.get("markets", at_least_tick=1, make=press.make))
    await press.begun.wait()
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    press.may_go_on.set()
    assert (await stays).tick == 1


async def test_documents_that_nobody_asks_for_any_more_are_let_go() -> None:
    publications, press = Publications(), Press()
    press.may_go_on.set()
    for number in range(MOST_PUBLICATIONS + 1):
        await publications.get(number, at_least_tick=1, make=press.make)
    await publications.get(MOST_PUBLICATIONS, at_least_tick=1, make=press.make)
    assert press.rendered == MOST_PUBLICATIONS + 1
    await publications.get(0, at_least_tick=1, make=press.make)
    assert press.rendered == MOST_PUBLICATIONS + 2


def test_what_fits_one_packet_is_not_compressed() -> None:
    assert Publication(Document(number=1), tick=1).compressed is None
