"""Does the market say how it is: to everyone, to a person, and to Prometheus?"""

from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from schemas.decoding import encode
from schemas.messages.audit_verdicts import Accepted, AuditVerdict, Mismatch, Verified
from schemas.topics import AUDIT_VERDICTS
from tests.does_the_api_answer.running_market import RunningMarket, until


async def metrics_of(client: httpx.AsyncClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await client.get("/metrics")
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_status_says_that_all_is_well_and_why(stranger: httpx.AsyncClient) -> None:
    async def lag_is_known() -> dict[str, Any] | None:
        document: dict[str, Any] = (await stranger.get("/status")).json()
        return document if document["lag"] and document["well"] else None

    status = await until(lag_is_known)
    assert status["sentence"] == "All is well."
    assert status["conservation"]["exact"] is True
    assert status["conservation"]["through_tick"] == status["tick"]
    assert {lag["topic"] for lag in status["lag"]} == {"attention.pings", "market.inputs"}
    assert status["history_behind"] < 20


async def test_the_status_is_a_page_too(market: RunningMarket) -> None:
    async with httpx.AsyncClient(base_url=market.url) as client:
        page = await client.get("/status")
        style = await client.get("/status.css")
    assert "All is well." in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert style.headers["content-type"].startswith("text/css")


async def test_the_status_says_what_the_auditor_said(market: RunningMarket, stranger: httpx.AsyncClient) -> None:
    """No auditor runs here, so the test speaks for it."""

    async def says(verdict: AuditVerdict, expected: dict[str, int | None]) -> dict[str, Any]:
        await producer.send_and_wait(AUDIT_VERDICTS.name, encode(verdict), key=b"any")

        async def said() -> dict[str, Any] | None:
            document: dict[str, Any] = (await stranger.get("/status")).json()
            return document if {key: document["audit"][key] for key in expected} == expected else None

        return await until(said)

    async with AIOKafkaProducer(bootstrap_servers=market.bootstrap) as producer:
        verified = Verified(v=1, tick=7, hash="0" * 64, closed_at=1_700_000_000_000, postgres=5)
        status = await says(verified, {"verified_tick": 7, "postgres_tick": 5, "mismatch_tick": None})
        assert status["audit"]["verified_closed_at"] == "2023-11-14T22:13:20Z"
        mismatch = Mismatch(v=1, tick=8, found=["Account x differs."], diverged=False)
        status = await says(mismatch, {"verified_tick": 7, "mismatch_tick": 8})
        assert not status["well"]
        assert status["sentence"] == "The auditor found a mismatch at tick 8: trading waits for an operator."
        metrics = await metrics_of(stranger)
        assert (metrics["biome_verified_tick", ()], metrics["biome_audit_mismatch", ()]) == (7, 1)
        await says(Accepted(v=1, tick=8, by="ann", reason="A drill."), {"verified_tick": 7, "mismatch_tick": None})


async def test_an_order_is_seen_in_the_metrics(stranger: httpx.AsyncClient, player: httpx.AsyncClient) -> None:
    before = await metrics_of(stranger)
    filled = await player.post("/biome-market/buy?wait=fill", json={"biome": "snow", "amount_bdt": "5"})
    assert filled.status_code == httpx.codes.OK, filled.text
    refused = await player.post("/biome-market/sell?wait=fill", json={"biome": "snow", "shares": "900"})
    assert refused.json()["code"] == "INSUFFICIENT_SHARES"
    after = await metrics_of(stranger)

    def grew(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return after[key] - before.get(key, 0.0)

    assert grew("biome_orders_filled_total") >= 1
    assert grew("biome_order_to_fill_seconds_count") >= 1
    assert grew("biome_orders_rejected_total", code="INSUFFICIENT_SHARES") >= 1
    assert grew("biome_log_ack_seconds_count", topic="market.inputs") >= 2
    assert grew("biome_http_seconds_count", method="POST", route="/biome-market/buy", status="200") >= 1
    assert grew("biome_fees_bdt_total") > 0
    assert grew("biome_tick") >= 1
    assert after["biome_conservation_exact", ()] == 1
    assert 0 <= after["biome_tick_age_seconds", ()] < 60


async def test_paths_that_anyone_makes_up_are_one_metric(stranger: httpx.AsyncClient) -> None:
    for number in range(3):
        await stranger.get(f"/nothing-{number}")
    routes = {dict(labels).get("route") for _, labels in await metrics_of(stranger)}
    assert not any("nothing" in (route or "") for route in routes)


async def test_an_open_stream_is_counted(stranger: httpx.AsyncClient) -> None:
    async with stranger.stream("GET", "/biome-market/stream") as stream:
        lines = stream.aiter_lines()  # held: one that is given up closes the stream
        while not (await anext(lines)).startswith("event:"):
            pass
        assert (await metrics_of(stranger))["biome_streams", ()] >= 1
