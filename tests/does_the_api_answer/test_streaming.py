"""The live stream: begins with a snapshot, misses nothing of one's own, and resumes."""

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from tests.does_the_api_answer.running_market import RunningMarket, until

STREAM = "/biome-market/stream"
BUY = "/biome-market/buy"


class Event(NamedTuple):
    name: str
    id: int
    """The tick that its id names."""
    data: dict[str, Any]


@asynccontextmanager
async def events(client: httpx.AsyncClient, *, after: int | None = None) -> AsyncIterator[AsyncIterator[Event]]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with client.stream("GET", STREAM, headers=headers) as response:
        assert response.status_code == httpx.codes.OK
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert (
            response.headers["x-accel-buffering"] == "no"
        )  # nginx, and those who learnt it from there, pass each event on
        assert "content-encoding" not in response.headers
        yield _parse(response)


async def _parse(response: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields["event"], int(fields.get("id", "0").partition(".")[0]), json.loads(fields["data"]))
            fields = {}


async def take(stream: AsyncIterator[Event], count: int) -> list[Event]:
    return [await anext(stream) for _ in range(count)]


async def test_a_stranger_gets_a_snapshot_and_then_every_tick(stranger: httpx.AsyncClient) -> None:
    async with events(stranger) as stream:
        snapshot, *ticks = await take(stream, 4)
    assert snapshot.name == "snapshot"
    assert (snapshot.data["account"], snapshot.data["orders"]) == (None, [])
    assert [market["biome"] for market in snapshot.data["markets"]] == [
        "ocean",
        "beach",
        "plains",
        "forest",
        "desert",
        "mountain",
        "snow",
    ]
    assert [event.name for event in ticks] == ["tick"] * 3
    assert [event.id for event in ticks] == [snapshot.id + 1, snapshot.id + 2, snapshot.id + 3]
    assert [event.data["tick"] for event in ticks] == [event.id for event in ticks]


async def test_a_tick_of_the_stream_is_what_the_markets_route_shows(stranger: httpx.AsyncClient) -> None:
    async with events(stranger) as stream:
        shown = {event.id: event.data for event in await take(stream, 4)}
        markets = (await stranger.get("/biome-market/markets")).json()
        while markets["tick"] not in shown:
            event = await anext(stream)
            shown[event.id] = event.data
    assert markets["markets"] == shown[markets["tick"]]["markets"]
    assert markets["closed_at"] == shown[markets["tick"]]["closed_at"]


async def test_a_player_is_told_of_their_own_orders_and_account(player: httpx.AsyncClient) -> None:
    async with events(player) as stream:
        snapshot = await anext(stream)
        assert snapshot.data["account"]["cash_bdt"] == "10000.00"
        placed = (await player.post(BUY, params={"wait": "fill"}, json={"biome": "snow", "amount_bdt": "100"})).json()
        order, account = [event async for event in _until_account(stream) if event.name != "tick"]
        following = await anext(stream)
    assert (order.name, order.id, order.data) == ("order", placed["tick"], placed)
    assert account.data == {
        "tick": placed["tick"],
        "cash_bdt": "9898.00",
        "holdings": [{"biome": "snow", "shares": placed["shares"]}],
        "frozen": False,
    }
    assert (following.name, following.id) == ("tick", placed["tick"])


async def _until_account(stream: AsyncIterator[Event]) -> AsyncIterator[Event]:
    async for event in stream:
        yield event
        if event.name == "account":
            return


async def test_nobody_is_told_of_the_orders_of_others(stranger: httpx.AsyncClient, player: httpx.AsyncClient) -> None:
    async with events(stranger) as stream:
        await anext(stream)
        placed = await player.post(BUY, params={"wait": "fill"}, json={"biome": "snow", "amount_bdt": "100"})
        seen = [await anext(stream)]
        while seen[-1].id <= placed.json()["tick"]:
            seen.append(await anext(stream))
    assert {event.name for event in seen} == {"tick"}


async def test_a_stream_that_resumes_gets_every_tick_and_order_that_it_missed(player: httpx.AsyncClient) -> None:
    async with events(player) as stream:
        last = (await take(stream, 2))[-1].id
    placed = (await player.post(BUY, params={"wait": "fill"}, json={"biome": "snow", "amount_bdt": "100"})).json()
    async with events(player, after=last) as stream:
        seen = [await anext(stream)]
        while seen[-1].id < placed["tick"] + 2:
            seen.append(await anext(stream))
    ticks = [event.id for event in seen if event.name == "tick"]
    assert ticks == list(range(last + 1, placed["tick"] + 3))
    assert [event.data for event in seen if event.name == "order"] == [placed]


async def test_after_a_restart_the_orders_come_from_history_and_then_a_snapshot(
    player: httpx.AsyncClient, market: RunningMarket
) -> None:
    async with events(player) as stream:
        last = (await anext(stream)).id
    placed = (await player.post(BUY, params={"wait": "fill"}, json={"biome": "snow", "amount_bdt": "100"})).json()
    market.api.stop(signal.SIGKILL)
    market.api.start()
    market.ready()
    async with events(player, after=last) as stream:
        order, snapshot, tick = await take(stream, 3)
    assert (order.name, order.data) == ("order", placed)
    assert snapshot.name == "snapshot"
    assert snapshot.data["orders"] == [placed]
    assert snapshot.data["account"]["cash_bdt"] == "9898.00"
    assert (tick.name, tick.id) == ("tick", snapshot.id + 1)


async def test_an_old_snapshot_with_the_events_after_it_is_a_new_snapshot(player: httpx.AsyncClient) -> None:
    async with events(player) as stream:
        state = (await anext(stream)).data
        bodies = ({"biome": biome, "amount_bdt": "20"} for biome in ("snow", "ocean", "snow"))
        for body in bodies:
            last = (await player.post(BUY, params={"wait": "fill"}, json=body)).json()["tick"]
        async for event in stream:
            if event.name == "order":
                state["orders"].insert(0, event.data)
            elif event.name == "account":
                state["account"] = event.data
            else:
                state |= event.data
            if event.name == "tick" and event.id > last:
                break
    async with events(player) as stream:
        fresh = (await anext(stream)).data
    assert state["orders"] == fresh["orders"]
    # Its tick is history's newest one; the account did not change since.
    assert state["account"] | {"tick": None} == fresh["account"] | {"tick": None}


async def test_stopping_the_api_ends_its_streams_and_is_clean(
    stranger: httpx.AsyncClient, market: RunningMarket
) -> None:
    async with events(stranger) as stream:
        await anext(stream)
        assert market.api.stop() == 0
        (goodbye,) = [event async for event in stream if event.name != "tick"]
    assert (goodbye.name, goodbye.data["status"], goodbye.data["reason"]) == ("status", "closing", "stopping")
    market.api.start()
    market.ready()


async def test_attention_moves_the_price_within_two_ticks(player: httpx.AsyncClient) -> None:
    before = (await player.get("/biome-market/markets/mountain")).json()
    pings = {"pings": [{"biome": "mountain", "points": 3}, {"biome": "mountain", "points": 2}]}
    answer = await player.post("/biome-market/track-attention", json=pings)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2})

    async def moved() -> dict[str, Any] | None:
        now: dict[str, Any] = (await player.get("/biome-market/markets/mountain")).json()
        return now if float(now["price_bdt"]) > float(before["price_bdt"]) else None

    await until(moved)
    one = await player.post("/biome-market/track-attention", json={"biome": "mountain", "points": 1})
    assert (one.status_code, one.json()) == (202, {"accepted": 1})
