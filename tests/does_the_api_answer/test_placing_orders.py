"""Buying and selling: answers, retries, and what becomes of orders that were lost."""

import asyncio
import uuid
from typing import Any

import httpx
import psycopg
import pytest

from schemas.units import MICRO, ceil_div, format_amount, parse_amount
from tests.does_the_api_answer.running_market import RunningMarket, richest, until

BUY = "/biome-market/buy"
SELL = "/biome-market/sell"


async def test_a_buy_fills_at_the_price_of_its_tick_with_the_fee_on_top(player: httpx.AsyncClient) -> None:
    answer = await player.post(BUY, params={"wait": "fill"}, json={"biome": "forest", "amount_bdt": "100.00"})
    assert answer.status_code == 200
    order = answer.json()
    assert (order["status"], order["side"], order["biome"], order["rejection"]) == ("filled", "buy", "forest", None)
    assert (order["cash_bdt"], order["fee_bdt"]) == ("100.00", "2.00")
    # Shares are rounded down at the exact price, of which the order shows the whole micros.
    price, paid = parse_amount(order["price_bdt"]), 100 * MICRO * MICRO
    assert paid // (price + 1) <= parse_amount(order["shares"]) <= paid // price
    portfolio = (await player.get("/biome-market/portfolio", params={"at_least_tick": order["tick"]})).json()
    assert portfolio["tick"] >= order["tick"]
    assert portfolio["cash_bdt"] == "9898.00"
    assert portfolio["fees_paid_bdt"] == "2.00"
    (holding,) = portfolio["holdings"]
    assert (holding["biome"], holding["shares"]) == ("forest", order["shares"])
    assert parse_amount(holding["average_cost_bdt"]) == 102 * MICRO * MICRO // parse_amount(order["shares"])


async def test_selling_everything_realizes_what_was_gained_and_lost(player: httpx.AsyncClient) -> None:
    bought = (await player.post(BUY, params={"wait": "fill"}, json={"biome": "beach", "amount_bdt": "50"})).json()
    sold = await player.post(SELL, params={"wait": "fill"}, json={"biome": "beach", "shares": bought["shares"]})
    assert sold.status_code == 200
    received = parse_amount(sold.json()["cash_bdt"]) - parse_amount(sold.json()["fee_bdt"])
    assert parse_amount(sold.json()["fee_bdt"]) == ceil_div(parse_amount(sold.json()["cash_bdt"]) * 200, 10_000)
    tick = sold.json()["tick"]
    portfolio = (await player.get("/biome-market/portfolio", params={"at_least_tick": tick})).json()
    assert parse_amount(portfolio["realized_gain_bdt"]) == received - 51 * MICRO
    assert parse_amount(portfolio["cash_bdt"]) == 10_000 * MICRO + received - 51 * MICRO
    assert portfolio["holdings"][0]["shares"] == "0.00"


async def test_a_rejected_order_is_a_problem_with_the_reason_and_the_order(player: httpx.AsyncClient) -> None:
    body = {"biome": await richest(player), "amount_bdt": "20000"}
    answer = await player.post(BUY, params={"wait": "fill"}, json=body)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "INSUFFICIENT_FUNDS"
    assert problem["order"]["status"] == "rejected"
    assert problem["order"]["shares"] is None
    assert problem["order"]["rejection"] == {"code": problem["code"], "detail": problem["detail"]}
    portfolio = (await player.get("/biome-market/portfolio", params={"at_least_tick": problem["order"]["tick"]})).json()
    assert portfolio["cash_bdt"] == "10000.00"


async def test_without_waiting_the_answer_is_a_pending_order_that_is_decided_later(player: httpx.AsyncClient) -> None:
    # Other tests have moved the price. What is worth 20 BDT now is worth 1 BDT, the smallest buy, and less than all that the
    # player has, in each of the next ten ticks as well.
    price = parse_amount((await player.get("/biome-market/markets/ocean")).json()["price_bdt"])
    shares = format_amount(20 * MICRO * MICRO // price)
    answer = await player.post(BUY, json={"biome": "ocean", "shares": shares, "max_pay_bdt": "9000"})
    assert answer.status_code == 202

    async def decided() -> dict[str, Any] | None:
        order: dict[str, Any] = (await player.get(f"/biome-market/orders/{answer.json()['order_id']}")).json()
        return None if order["status"] == "pending" else order

    order = await until(decided)
    assert order["rejection"] is None
    assert answer.json()["status"] == "pending"
    assert answer.json()["ordered"] == {
        "amount_bdt": None,
        "shares": shares,
        "max_pay_bdt": "9000.00",
        "limit_price_bdt": None,
    }
    assert (order["status"], order["shares"], order["placed_at"]) == ("filled", shares, answer.json()["placed_at"])


async def test_an_order_sent_many_times_at_once_happens_once(player: httpx.AsyncClient) -> None:
    body = {"biome": "desert", "amount_bdt": "10", "client_order_id": "the same"}
    answers = await asyncio.gather(*(player.post(BUY, params={"wait": "fill"}, json=body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    later = await player.post(BUY, json=body | {"amount_bdt": "10.000000"})
    assert (later.status_code, later.json()) == (200, answers[0].json())
    by_header = await player.post(
        BUY, json={"biome": "desert", "amount_bdt": "10"}, headers={"Idempotency-Key": "the same"}
    )
    assert by_header.json() == later.json()
    tick = answers[0].json()["tick"]
    portfolio = (await player.get("/biome-market/portfolio", params={"at_least_tick": tick + 2})).json()
    assert portfolio["cash_bdt"] == "9989.80"
    assert len((await player.get("/biome-market/transactions")).json()["items"]) == 1


async def test_one_key_for_two_different_orders_is_refused(player: httpx.AsyncClient) -> None:
    body = {"biome": "desert", "amount_bdt": "10", "client_order_id": "mine"}
    await player.post(BUY, json=body)
    for other in (body | {"amount_bdt": "11"}, body | {"biome": "snow"}, body | {"limit_price_bdt": "1"}):
        answer = await player.post(BUY, json=other)
        assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")


async def test_two_players_may_use_the_same_key(player: httpx.AsyncClient, market: RunningMarket) -> None:
    body = {"biome": "desert", "amount_bdt": "10", "client_order_id": "1"}
    mine = (await player.post(BUY, params={"wait": "fill"}, json=body)).json()
    async with httpx.AsyncClient(base_url=f"{market.url}/api/v1", timeout=20) as other:
        user = {"username": f"other-{uuid.uuid4().hex[:12]}", "password": "a password of theirs"}
        await other.post("/auth/register", json=user)
        theirs = (await other.post(BUY, params={"wait": "fill"}, json=body)).json()
        assert theirs["status"] == "filled"
        assert theirs["order_id"] != mine["order_id"]
        unseen = await other.get(f"/biome-market/orders/{mine['order_id']}")
        assert (unseen.status_code, unseen.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"biome": "snow", "amount_bdt": 10}, "body.amount_bdt"),
        ({"biome": "snow", "amount_bdt": 0.1}, "body.amount_bdt"),
        ({"biome": "snow", "amount_bdt": "NaN"}, "body.amount_bdt"),
        ({"biome": "snow", "amount_bdt": "1e3"}, "body.amount_bdt"),
        ({"biome": "snow", "amount_bdt": "-1"}, "body.amount_bdt"),
        ({"biome": "snow", "amount_bdt": "0"}, "body.amount_bdt"),
        ({"biome": "snow", "amount_bdt": "0.0000001"}, "body.amount_bdt"),
        ({"biome": "moon", "amount_bdt": "10"}, "body.biome"),
        ({"biome": "snow"}, "body"),
        ({"biome": "snow", "amount_bdt": "1", "shares": "1", "max_pay_bdt": "9"}, "body"),
        ({"biome": "snow", "shares": "1"}, "body"),
        ({"biome": "snow", "amount_bdt": "1", "colour": "white"}, "body.colour"),
        ({"biome": "snow", "amount_bdt": "1", "client_order_id": "line\nbreak"}, "body.client_order_id"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_with_the_field_at_fault(
    someone: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    answer = await someone.post(BUY, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "INVALID"
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_strangers_cannot_order(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post(BUY, json={"biome": "snow", "amount_bdt": "10"})
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_SIGNED_IN")


async def test_a_lost_order_is_rejected_expired_and_never_filled(
    player: httpx.AsyncClient, market: RunningMarket
) -> None:
    me = (await player.get("/auth/me")).json()["id"]
    order_id = str(uuid.uuid5(uuid.UUID(me), "lost"))
    async with await psycopg.AsyncConnection.connect(market.database, autocommit=True) as connection:
        # As an API leaves it that dies between recording the order and producing it.
        await connection.execute(
            "INSERT INTO order_requests (order_id, player, client_order_id, digest, biome, kind, quantity, placed_at_ms)"
            " VALUES (%s, %s, 'lost', '', 'snow', 'buy_cash', 10000000,"
            " (extract(epoch FROM clock_timestamp()) * 1000)::bigint - 60000)",
            (order_id, me),
        )

    async def decided() -> dict[str, dict[str, str]] | None:
        order = (await player.get(f"/biome-market/orders/{order_id}")).json()
        return None if order["status"] == "pending" else order

    assert (await until(decided))["rejection"]["code"] == "EXPIRED"
    assert (await player.get("/biome-market/portfolio")).json()["cash_bdt"] == "10000.00"


async def test_pages_of_transactions_are_newest_first_and_new_ones_do_not_shift_them(player: httpx.AsyncClient) -> None:
    for number in range(5):
        body = {"biome": "plains", "amount_bdt": "1000000", "client_order_id": f"order {number}"}
        await player.post(BUY, json=body)
    last = await player.post(BUY, params={"wait": "fill"}, json={"biome": "plains", "amount_bdt": "1000000"})
    await player.get("/biome-market/portfolio", params={"at_least_tick": last.json()["order"]["tick"]})
    first = (await player.get("/biome-market/transactions", params={"limit": 3})).json()
    new = await player.post(BUY, params={"wait": "fill"}, json={"biome": "plains", "amount_bdt": "1000000"})
    await player.get("/biome-market/portfolio", params={"at_least_tick": new.json()["order"]["tick"]})
    second = (await player.get("/biome-market/transactions", params={"limit": 3, "after": first["next"]})).json()
    assert [order["client_order_id"] for order in first["items"] + second["items"]][1:] == [
        f"order {number}" for number in (4, 3, 2, 1, 0)
    ]
    assert second["next"] is None
