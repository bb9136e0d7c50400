"""Do redistribution and fills agree, to the micro, with vectors that two other implementations agreed on?"""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.biomes import BIOMES, Biome
from schemas.messages.market_inputs import MarketSettings, OrderKind, PlaceOrder
from schemas.rejections import Rejection
from streams.market.core.filling import Fill, FrozenMarket, fill
from streams.market.core.redistribution import redistribute

GOLDEN = json.loads((Path(__file__).parents[1] / "golden.json").read_text())
CONFIG = GOLDEN["schema"]["config"]
SETTINGS = MarketSettings(
    pool_bp=CONFIG["flow_bp"],
    floor_cash=int(CONFIG["floor"]),
    fee_bp=CONFIG["fee_bp"],
    largest_order_bp=CONFIG["cap_bp"],
    smallest_buy=int(CONFIG["min_order"]),
    smallest_price=int(CONFIG["min_price"]),
)


def vectors(kind: str) -> list[Any]:
    """The vectors of one kind, with their ids."""
    return [pytest.param(v, id=f"{v['id']} {v['name']}") for v in GOLDEN["vectors"] if v["kind"] == kind]


def test_the_vectors_are_for_our_biomes_and_all_there() -> None:
    assert GOLDEN["schema"]["biome_order"] == list(BIOMES)
    assert [vector["id"] for vector in GOLDEN["vectors"]] == [f"G{number:02}" for number in range(1, 15)]


def test_the_default_settings_are_those_of_the_vectors() -> None:
    assert MarketSettings() == SETTINGS


@pytest.mark.parametrize("vector", vectors("redistribute"))
def test_redistribution_gives_the_vectors_cash(vector: dict[str, Any]) -> None:
    cash = [int(amount) for amount in vector["input"]["cash"]]
    moved = redistribute(
        cash,
        vector["input"]["attention"],
        halted=[False] * len(cash),
        pool_bp=SETTINGS.pool_bp,
        floor=SETTINGS.floor_cash,
    )
    after = [amount - pooled + dealt for amount, pooled, dealt in zip(cash, moved.pooled, moved.dealt, strict=True)]
    assert [str(amount) for amount in after] == vector["expect"]["cash"]


@pytest.mark.parametrize("vector", vectors("fill"))
def test_each_order_alone_gives_the_vectors_deltas(vector: dict[str, Any]) -> None:
    market = FrozenMarket(int(vector["input"]["cash"]), int(vector["input"]["shares"]))
    outcomes = [
        deltas(order, fill(order, market, SETTINGS, already_traded=0))
        for order in map(order_of, vector["input"]["orders"])
    ]
    assert outcomes == vector["expect"]


def order_of(vector: dict[str, Any]) -> PlaceOrder:
    """The order that a vector describes."""
    return PlaceOrder(
        v=1,
        order_id="o",
        player="p",
        biome=Biome.SNOW,
        kind=OrderKind(vector["kind"]),
        quantity=int(vector["qty"]),
        limit=vector["limit"] and int(vector["limit"]),
        max_pay=vector["max_pay"] and int(vector["max_pay"]),
        placed_at=0,
    )


def deltas(order: PlaceOrder, outcome: Fill | Rejection) -> dict[str, str]:
    """An outcome in the vectors' form."""
    if isinstance(outcome, Rejection):
        return {"code": outcome.value}
    sign = -1 if order.kind is OrderKind.SELL_SHARES else 1
    return {
        "code": "FILLED",
        "market_cash": str(sign * outcome.cash),
        "shares": str(sign * outcome.shares),
        "player_cash": str(-sign * outcome.cash - outcome.fee),
        "house": str(outcome.fee),
    }
