"""A dry run of an order, over HTTP."""

from typing import Any

import httpx
import pytest

from tests.does_the_api_answer.running_market import richest

QUOTE = "/biome-market/quote"
BUY = "/biome-market/buy"


async def quoted(player: httpx.AsyncClient, **body: str) -> dict[str, Any]:
    quote: dict[str, Any] = (await player.post(QUOTE, json=body)).json()
    return quote


async def ordered(player: httpx.AsyncClient, side: str, **body: str) -> dict[str, Any]:
    order: dict[str, Any] = (await player.post(f"/biome-market/{side}", params={"wait": "fill"}, json=body)).json()
    return order


async def test_a_quote_of_a_buy_is_what_the_buy_then_does(player: httpx.AsyncClient) -> None:
    # Nobody gives attention to this market here, so no price moves between the two.
    quote = await quoted(player, side="buy", biome="beach", amount_bdt="12.5")
    assert quote["rejection"] is None
    assert (quote["cash_bdt"], quote["fee_bdt"], quote["total_bdt"]) == ("12.50", "0.25", "12.75")
    assert quote["worst_case"] == {"shares": None, "total_bdt": "12.75"}
    order = await ordered(player, "buy", biome="beach", amount_bdt="12.5")
    assert (order["cash_bdt"], order["fee_bdt"]) == (quote["cash_bdt"], quote["fee_bdt"])
    if order["price_bdt"] == quote["price_bdt"]:
        assert order["shares"] == quote["shares"]
    # Without a word about the tick: the answer to the order was remembered.
    sale = await quoted(player, side="sell", biome="beach", shares=order["shares"], limit_price_bdt="0.01")
    assert sale["tick"] >= order["tick"]
    assert (sale["rejection"], sale["shares_after"]) == (None, "0.00")
    assert sale["worst_case"]["shares"] == order["shares"]


async def test_a_quote_says_why_the_order_would_be_rejected(player: httpx.AsyncClient) -> None:
    quote = await quoted(player, side="buy", biome=await richest(player), amount_bdt="20000")
    assert quote["rejection"]["code"] == "INSUFFICIENT_FUNDS"
    assert quote["total_bdt"] == "20400.00"
    assert (quote["cash_after_bdt"], quote["shares_after"]) == (None, None)
    quote = await quoted(player, side="sell", biome="snow", shares="1")
    assert quote["rejection"]["code"] == "INSUFFICIENT_SHARES"
    quote = await quoted(player, side="buy", biome="snow", shares="1", limit_price_bdt="0.000001")
    assert (quote["rejection"]["code"], quote["shares"]) == ("LIMIT_NOT_MET", None)


@pytest.mark.parametrize(
    "body",
    [
        {"side": "buy", "biome": "snow"},
        {"side": "hold", "biome": "snow", "shares": "1"},
        {"side": "buy", "biome": "snow", "amount_bdt": "1", "shares": "1"},
        {"side": "buy", "biome": "snow", "amount_bdt": "1", "max_pay_bdt": "1"},
        {"side": "sell", "biome": "snow", "amount_bdt": "1"},
        {"side": "sell", "biome": "snow", "shares": "1", "max_pay_bdt": "1"},
        {"side": "sell", "biome": "snow", "shares": 1},
        {"biome": "snow", "shares": "1"},
    ],
)
async def test_a_quote_of_no_order_is_refused(someone: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await someone.post(QUOTE, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")


async def test_strangers_get_no_quote(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post(QUOTE, json={"side": "sell", "biome": "snow", "shares": "1"})
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN")


async def test_nothing_that_was_told_is_taken_back(player: httpx.AsyncClient) -> None:
    for number in range(5):
        order = await ordered(player, "buy", biome="plains", amount_bdt=f"{number + 2}")
        portfolio, found, page = [
            (await player.get(f"/biome-market/{path}")).json()
            for path in ("portfolio", f"orders/{order['order_id']}", "transactions?limit=1")
        ]
        assert portfolio["tick"] >= order["tick"]
        assert found == order
        assert page["items"] == [order]


async def test_the_tick_of_an_answer_is_remembered_through_any_replica(player: httpx.AsyncClient) -> None:
    answer = await player.post(BUY, params={"wait": "fill"}, json={"biome": "plains", "amount_bdt": "2"})
    assert answer.cookies["biome_tick"] == str(answer.json()["tick"])
    for nonsense in ("-1", "x", "9" * 30, "9" * 18):
        reply = await player.get("/biome-market/portfolio", headers={"Cookie": f"biome_tick={nonsense}"})
        assert reply.status_code == 200


async def test_transactions_are_filtered(player: httpx.AsyncClient) -> None:
    orders = [
        (await player.post(f"/biome-market/{side}", params={"wait": "fill"}, json=body)).json()
        for side, body in (
            ("buy", {"biome": "snow", "amount_bdt": "100000"}),
            ("buy", {"biome": "ocean", "amount_bdt": "100000"}),
            ("sell", {"biome": "snow", "shares": "0.01"}),
            ("sell", {"biome": "forest", "shares": "1"}),
        )
    ]
    orders = [answer["order"] for answer in orders]  # rejected, whatever the machine does meanwhile

    async def found(**filters: str) -> list[int]:
        answer = await player.get("/biome-market/transactions", params=filters)
        assert answer.status_code == 200, answer.text
        return [[order["order_id"] for order in orders].index(item["order_id"]) for item in answer.json()["items"]]

    assert await found() == [3, 2, 1, 0]
    assert await found(biome="snow") == [2, 0]
    assert await found(side="buy") == [1, 0]
    assert await found(side="sell", biome="snow") == [2]
    filled = await ordered(player, "buy", biome="beach", amount_bdt="2")
    assert (await player.get("/biome-market/transactions?status=filled")).json()["items"] == [filled]
    assert await found(status="rejected", side="sell") == [3, 2]
    assert await found(since=orders[2]["placed_at"], side="sell") == [3, 2]
    assert await found(until=orders[2]["placed_at"]) == [1, 0]
    page = (await player.get("/biome-market/transactions", params={"status": "rejected", "limit": 3})).json()
    assert await found(status="rejected", after=page["next"]) == [0]
    refused = await player.get("/biome-market/transactions", params={"status": "pending"})
    assert refused.status_code == 422
