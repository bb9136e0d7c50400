"""The leaderboard: exact as of one tick, and every place is taken once."""

from datetime import datetime
from typing import Any

import httpx

from schemas.units import MICRO, parse_amount
from tests.does_the_api_answer.running_market import until

LEADERBOARD = "/biome-market/leaderboard"
MOST_AGE_SECONDS = 10


async def standing_after(player: httpx.AsyncClient, tick: int, by: str) -> dict[str, Any]:
    async def made() -> dict[str, Any] | None:
        document: dict[str, Any] = (await player.get(LEADERBOARD, params={"by": by})).json()
        return document if document.get("tick", 0) >= tick else None

    return await until(made)


async def test_the_own_standing_is_what_the_portfolio_says(player: httpx.AsyncClient) -> None:
    bought = (
        await player.post("/biome-market/buy", params={"wait": "fill"}, json={"biome": "snow", "amount_bdt": "70"})
    ).json()
    body = {"biome": "snow", "shares": bought["shares"]}
    sold = (await player.post("/biome-market/sell", params={"wait": "fill"}, json=body)).json()
    name = (await player.get("/auth/me")).json()["username"]
    for by in ("net_worth", "realized_gain"):
        document = await standing_after(player, sold["tick"], by)
        portfolio = (await player.get("/biome-market/portfolio")).json()
        me = document["me"]
        assert me["username"] == name
        assert me["net_worth_bdt"] == portfolio["net_worth_bdt"] == portfolio["cash_bdt"]
        assert me["realized_gain_bdt"] == portfolio["realized_gain_bdt"]
        assert parse_amount(me["realized_gain_bdt"]) < 0


async def test_every_place_is_taken_once_and_ranks_follow_the_amounts(
    player: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    tick = (await player.get("/biome-market/portfolio")).json()["tick"]
    for by in ("net_worth", "realized_gain"):
        await standing_after(player, tick, by)

        async def all_pages(by: str = by) -> list[dict[str, Any]] | None:
            """All of one tick; None when the standings were made anew between two pages."""
            standings: list[dict[str, Any]] = []
            ticks: set[int] = set()
            after: int | None = 0
            while after is not None:
                page = (await stranger.get(LEADERBOARD, params={"by": by, "limit": 3, "after": after})).json()
                assert page["me"] is None
                ticks.add(page["tick"])
                standings += page["standings"]
                after = page["next"]
            return standings if len(ticks) == 1 and len(standings) == page["players"] else None

        standings = await until(all_pages)
        amounts = [parse_amount(one[f"{by}_bdt"]) for one in standings]
        assert amounts == sorted(amounts, reverse=True)
        assert [one["place"] for one in standings] == list(range(1, len(standings) + 1))
        assert [one["rank"] for one in standings] == [1 + sum(more > own for more in amounts) for own in amounts]
        assert len({one["username"] for one in standings}) == len(standings)


async def test_the_leaderboard_is_some_seconds_old_at_most(stranger: httpx.AsyncClient) -> None:
    async def fresh() -> bool:
        """As it is whenever history keeps up, which it may not do at a moment on a busy machine."""
        board = (await stranger.get(LEADERBOARD)).json()
        newest = (await stranger.get("/biome-market/markets")).json()
        age = datetime.fromisoformat(newest["closed_at"]) - datetime.fromisoformat(board["closed_at"])
        return age.total_seconds() <= MOST_AGE_SECONDS

    await until(fresh)


async def test_a_page_after_the_last_is_empty(stranger: httpx.AsyncClient) -> None:
    page = (await stranger.get(LEADERBOARD, params={"after": 10**9})).json()
    assert (page["standings"], page["next"]) == ([], None)


async def test_a_new_account_is_in_it_soon_with_its_grant(player: httpx.AsyncClient) -> None:
    async def mine() -> dict[str, Any] | None:
        me: dict[str, Any] | None = (await player.get(LEADERBOARD)).json()["me"]
        return me

    assert parse_amount((await until(mine))["net_worth_bdt"]) == 10_000 * MICRO
