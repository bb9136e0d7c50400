"""The one order that every benchmark places: a small buy, under an id of its own."""

from typing import Any, Final

from schemas.biomes import BIOMES

BUY: Final = "/api/v1/biome-market/buy"
ORDER_BDT: Final = "1.50"


def small_buy(number: int, client_order_id: str) -> dict[str, Any]:
    """The body. Numbers in a row spread the orders over the biomes."""
    return {"biome": BIOMES[number % len(BIOMES)], "amount_bdt": ORDER_BDT, "client_order_id": client_order_id}
