"""What everyone may see: candles, ticks and why, all of it conditional, and compressed where it is large."""

import gzip
import hashlib
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from api.problems import NOT_FOUND, TICK_NOT_KEPT, ProblemError
from api.ticks.reading import Kept
from schemas.units import parse_amount
from tests.does_the_api_answer.running_market import until

BUY = "/biome-market/buy"
CANDLES = "/biome-market/candles/desert"
TICKS = "/biome-market/ticks"


async def bought(player: httpx.AsyncClient, biome: str, amount: str) -> dict[str, Any]:
    body = {"biome": biome, "amount_bdt": amount}
    order: dict[str, Any] = (await player.post(BUY, params={"wait": "fill"}, json=body)).json()
    assert order["status"] == "filled", order
    return order


@pytest.mark.parametrize("interval", ["1m", "5m", "1h", "1d"])
async def test_a_trade_is_in_the_candle_of_its_tick(player: httpx.AsyncClient, interval: str) -> None:
    before = (await player.get(CANDLES, params={"interval": interval})).json()
    order = await bought(player, "desert", "25.50")

    async def with_the_order() -> dict[str, Any] | None:
        document: dict[str, Any] = (await player.get(CANDLES, params={"interval": interval})).json()
        return document if document["tick"] >= order["tick"] else None

    after = await until(with_the_order)
    (candle,) = [one for one in after["candles"] if one["first_tick"] <= order["tick"] <= one["last_tick"]]
    assert candle["trades"] >= 1
    assert parse_amount(candle["volume_shares"]) >= parse_amount(order["shares"])
    assert parse_amount(candle["low_bdt"]) <= parse_amount(order["price_bdt"]) <= parse_amount(candle["high_bdt"])
    assert not after["candles"][-1]["complete"]

    def of_all(document: dict[str, Any], name: str) -> int:
        return sum(parse_amount(one[name]) for one in document["candles"])

    assert of_all(after, "volume_bdt") - of_all(before, "volume_bdt") >= parse_amount("25.50")


async def test_candles_are_paged_back_in_time(stranger: httpx.AsyncClient) -> None:
    newest = (await stranger.get(CANDLES, params={"limit": 1})).json()
    (candle,) = newest["candles"]
    before = {"limit": 1, "before": candle["at"]}
    older = (await stranger.get(CANDLES, params=before)).json()
    assert newest["next"] in {None, candle["at"]}
    assert all(one["at"] < candle["at"] and one["complete"] for one in older["candles"])
    future = datetime.fromisoformat(candle["at"]) + timedelta(days=1)
    assert (await stranger.get(CANDLES, params={"before": future.isoformat()})).json()["candles"] != []


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        (CANDLES, {"interval": "2m"}),
        (CANDLES, {"limit": 0}),
        (CANDLES, {"before": "1700000000"}),
        (CANDLES, {"before": "2026-01-31T12:00:00"}),
        (CANDLES, {"before": "2026-02-31T12:00:00Z"}),
        ("/biome-market/candles/moon", {}),
        (TICKS, {"from_tick": 0}),
        (TICKS, {"limit": 101}),
        (f"{TICKS}/0", {}),
        (f"{TICKS}/newest", {}),
        ("/biome-market/price-history/snow", {"hours": 169}),
        ("/biome-market/leaderboard", {"by": "luck"}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    stranger: httpx.AsyncClient, path: str, parameters: dict[str, Any]
) -> None:
    answer = await stranger.get(path, params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_ticks_are_read_by_range_and_each_receipt_adds_up(stranger: httpx.AsyncClient) -> None:
    async def enough() -> int | None:
        newest: int = (await stranger.get(TICKS, params={"limit": 1})).json()["newest"]
        return newest if newest >= 6 else None

    newest = await until(enough)
    first = (await stranger.get(TICKS, params={"from_tick": 1, "to_tick": 5, "limit": 3})).json()
    rest = (await stranger.get(TICKS, params={"from_tick": first["next"], "to_tick": 5, "limit": 3})).json()
    ticks = first["ticks"] + rest["ticks"]
    assert [tick["tick"] for tick in ticks] == [1, 2, 3, 4, 5]
    assert rest["next"] is None
    assert [tick["previous"] for tick in ticks[1:]] == [tick["hash"] for tick in ticks[:-1]]
    for tick in ticks:
        markets = tick["markets"]
        for market in markets:
            moved = [parse_amount(market[f"{name}_bdt"]) for name in ("before", "pooled", "dealt", "bought", "sold")]
            assert moved[0] - moved[1] + moved[2] + moved[3] - moved[4] == parse_amount(market["cash_bdt"])
        there = sum(parse_amount(market["cash_bdt"]) for market in markets)
        there += parse_amount(tick["players_cash_bdt"]) + parse_amount(tick["house_fees_bdt"])
        assert there == parse_amount(tick["genesis_cash_bdt"]) + parse_amount(tick["grants_bdt"])
    beyond = await stranger.get(TICKS, params={"from_tick": newest + 10_000})
    assert (beyond.json()["ticks"], beyond.json()["next"]) == ([], None)
    backwards = await stranger.get(TICKS, params={"from_tick": 5, "to_tick": 2})
    assert (backwards.json()["ticks"], backwards.json()["next"]) == ([], None)


async def test_a_ticks_body_has_its_hash_and_its_reasons_have_its_prices(player: httpx.AsyncClient) -> None:
    order = await bought(player, "desert", "10")
    number = order["tick"]
    await player.get("/biome-market/portfolio")  # by then history has the tick
    tick = (await player.get(f"{TICKS}/{number}")).json()
    body = await player.get(f"{TICKS}/{number}/body")
    assert hashlib.sha256(body.content).hexdigest() == tick["hash"] == body.headers["sha256"]
    assert body.json()["tick"] == number
    why = (await player.get(f"{TICKS}/{number}/why")).json()
    assert why["tick"] == number
    assert [move["price_bdt"] for move in why["moves"]] == [market["price_bdt"] for market in tick["markets"]]
    assert all(move["sentences"] for move in why["moves"])
    first = (await player.get(f"{TICKS}/1/why")).json()
    assert len(first["moves"]) == 7


@pytest.mark.parametrize("what", ["", "/why", "/body"])
async def test_a_tick_that_was_not_closed_yet_is_not_found(stranger: httpx.AsyncClient, what: str) -> None:
    answer = await stranger.get(f"{TICKS}/9007199254740992{what}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_tick_that_is_not_kept_any_more_is_gone() -> None:
    kept = Kept(oldest=100, newest=200)
    kept.require(100)
    kept.require(200)
    with pytest.raises(ProblemError) as too_old:
        kept.require(99)
    assert too_old.value.kind is TICK_NOT_KEPT
    with pytest.raises(ProblemError) as too_new:
        kept.require(201)
    assert too_new.value.kind is NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [
        "/biome-market/markets",
        "/biome-market/markets/snow",
        "/biome-market/price-history/snow",
        "/biome-market/price-history/snow?hours=168",
        CANDLES,
        TICKS,
        f"{TICKS}/1",
        f"{TICKS}/1/why",
        "/biome-market/leaderboard",
    ],
)
async def test_who_has_the_document_already_gets_a_304_without_a_body(stranger: httpx.AsyncClient, path: str) -> None:
    async def unchanged() -> httpx.Response | None:
        """A tick may be closed between the two."""
        first = await stranger.get(path)
        assert first.status_code == 200, first.text
        again = await stranger.get(path, headers={"If-None-Match": f'"another", {first.headers["etag"]}'})
        return again if again.status_code == 304 else None

    again = await until(unchanged)
    assert again.content == b""
    assert again.headers["etag"].startswith('W/"')
    assert "public" in again.headers["cache-control"]
    assert (await stranger.get(path, headers={"If-None-Match": 'W/"0"'})).status_code == 200


async def test_large_public_documents_are_compressed_for_who_takes_it(stranger: httpx.AsyncClient) -> None:
    async def of(encoding: str) -> tuple[httpx.Headers, bytes]:
        async with stranger.stream("GET", f"{TICKS}/1", headers={"Accept-Encoding": encoding}) as answer:
            return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])

    plain_headers, plain = await of("identity")
    headers, compressed = await of("br, gzip;q=0.5")
    assert "content-encoding" not in plain_headers
    assert headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in headers["vary"]
    assert gzip.decompress(compressed) == plain
    assert len(compressed) < len(plain) / 2
    assert "content-encoding" not in (await of("gzip;q=0"))[0]
    async with stranger.stream("GET", "/biome-market/stream", headers={"Accept-Encoding": "gzip"}) as stream:
        assert "content-encoding" not in stream.headers


async def test_what_is_private_is_never_kept(player: httpx.AsyncClient) -> None:
    for path in ("portfolio", "transactions"):
        answer = await player.get(f"/biome-market/{path}")
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
