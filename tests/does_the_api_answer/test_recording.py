"""Orders of concurrent requests are recorded by one statement, and each has the answer of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from psycopg import DataError

from api.database import Pool, make_pool
from api.orders.models import Terms
from api.orders.recording import KeyReused, OrderRecorder, Recorded
from schemas.biomes import Biome
from schemas.environment import Environment
from schemas.messages.market_inputs import OrderKind
from streams.history.migration import migrate

TERMS = Terms(Biome.SNOW, OrderKind.BUY_CASH, 1_000_000, None, None)
OTHERS = Terms(Biome.SNOW, OrderKind.BUY_SHARES, 1_000_000, 5, 9_000_000)


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    await asyncio.to_thread(migrate, database)
    async with make_pool(Environment(database_url=database)) as pool:
        yield pool


async def test_many_orders_are_recorded_by_few_statements(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, player = OrderRecorder(pool), str(uuid4())
    batches: list[int] = []
    insert = recorder._insert

    async def counted(rows: list[Any]) -> list[int | None]:
        batches.append(len(rows))
        return await insert(rows)

    monkeypatch.setattr(recorder._rows, "_ask", counted)
    keys = [f"order {number}" for number in range(450)]
    recorded = await asyncio.gather(*(recorder.record(player=player, client_order_id=key, terms=TERMS) for key in keys))
    assert all(isinstance(one, Recorded) and one.is_new and one.may_be_sent for one in recorded)
    assert [one.identity.client_order_id for one in recorded if isinstance(one, Recorded)] == keys
    assert sum(batches) == len(keys)
    assert len(batches) <= 4
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT client_order_id, quantity, placed_at_ms FROM order_requests WHERE player = %s", (player,)
        )
        rows = {key: (quantity, placed_at) for key, quantity, placed_at in await cursor.fetchall()}
    for one in recorded:
        assert isinstance(one, Recorded)
        assert rows[one.identity.client_order_id or ""] == (TERMS.quantity, one.identity.placed_at)


async def test_of_two_orders_with_one_key_at_the_same_time_the_first_is_recorded(pool: Pool) -> None:
    recorder, player = OrderRecorder(pool), str(uuid4())
    # The first statement is under way while the others gather.
    first, mine, other, again = await asyncio.gather(
        *(
            recorder.record(player=player, client_order_id=key, terms=terms)
            for key, terms in (("a", TERMS), ("b", OTHERS), ("b", TERMS), ("b", OTHERS))
        )
    )
    assert isinstance(first, Recorded)
    assert isinstance(mine, Recorded)
    assert mine.is_new
    assert other == KeyReused("b")
    assert isinstance(again, Recorded)
    assert (again.is_new, again.may_be_sent, again.identity) == (False, True, mine.identity)


async def test_replicas_that_record_the_same_orders_the_other_way_round_do_not_wait_for_each_other(pool: Pool) -> None:
    replicas, player = (OrderRecorder(pool), OrderRecorder(pool)), str(uuid4())
    keys = [f"order {number}" for number in range(180)]
    recorded = await asyncio.gather(
        *(
            replica.record(player=player, client_order_id=key, terms=TERMS)
            for replica, some in zip(replicas, (keys, keys[::-1]), strict=True)
            for key in some
        )
    )
    assert all(isinstance(one, Recorded) for one in recorded)
    assert sum(isinstance(one, Recorded) and one.is_new for one in recorded) == len(keys)


async def test_what_postgresql_cannot_hold_refuses_no_other_order(pool: Pool) -> None:
    recorder, player = OrderRecorder(pool), str(uuid4())
    outcomes = await asyncio.gather(
        *(
            recorder.record(player=player, client_order_id=key, terms=TERMS)
            for key in ("first", "well", "a\x00b", "as well")
        ),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes[:2]] == [Recorded, Recorded]
    assert isinstance(outcomes[2], DataError)
    assert isinstance(outcomes[3], Recorded)


async def test_a_request_that_was_given_up_does_not_keep_the_others(pool: Pool) -> None:
    recorder, player = OrderRecorder(pool), str(uuid4())
    given_up = asyncio.create_task(recorder.record(player=player, client_order_id="given up", terms=TERMS))
    await asyncio.sleep(0)
    kept = asyncio.create_task(recorder.record(player=player, client_order_id="kept", terms=TERMS))
    await asyncio.sleep(0)
    given_up.cancel()
    assert isinstance(await kept, Recorded)
    with pytest.raises(asyncio.CancelledError):
        await given_up
    again = await recorder.record(player=player, client_order_id="given up", terms=TERMS)
    assert isinstance(again, Recorded)
    assert again.may_be_sent
