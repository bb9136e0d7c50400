"""Administering a running market: over HTTP and by `biome admin`; who may, what it does, and that it can be read afterwards."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from psycopg import AsyncConnection

import api.admin.giving
import api.log_writer
import api.status.lag
from api.admin.settings import SETTINGS_LOCK
from api.auth.tokens import operator_token
from api.status.lag import lags_at
from schemas.topics import MARKET_INPUTS
from streams.history.migration import migrate
from tests.does_the_api_answer.folded_market import FoldedMarket
from tests.does_the_api_answer.in_process import SECRET, add_user, client_of, execute, replica
from tests.does_the_api_answer.running_market import WAIT_SECONDS, RunningMarket, new_user, until

NOBODY = "00000000-0000-4000-8000-000000000000"


def biome_admin(market: RunningMarket, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """`biome admin …`, as an operator types it."""
    return subprocess.run(
        [sys.executable, "-m", "ops.command", "admin", *arguments],
        env={**os.environ, **market.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def credentials(market: RunningMarket) -> dict[str, str]:
    """Of an admin, whom an operator has made one."""
    user = new_user()
    answer = httpx.post(f"{market.url}/api/v1/auth/register", json=user, timeout=WAIT_SECONDS)
    assert answer.status_code == 201, answer.text
    made = biome_admin(market, "grant-role", user["username"], "--reason", "she asked nicely")
    assert (made.returncode, made.stdout) == (0, f"{user['username']} is admin now.\n"), made.stderr
    return user


@pytest.fixture
async def admin(market: RunningMarket, credentials: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with market.client() as client:
        token = (await client.post("/auth/login", json=credentials)).json()["access_token"]
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def done(answer: httpx.Response) -> dict[str, Any]:
    """A command that the market has applied."""
    assert answer.status_code == 200, answer.text
    command: dict[str, Any] = answer.json()
    assert command["status"] == "applied"
    return command


async def buy(client: httpx.AsyncClient, biome: str = "desert") -> str:
    """How an order ends: its status, or the code of its rejection."""
    answer = await client.post("/biome-market/buy", params={"wait": "fill"}, json={"biome": biome, "amount_bdt": "10"})
    return str(answer.json()["status"] if answer.status_code == httpx.codes.OK else answer.json()["code"])


async def test_a_halted_biome_takes_no_orders_until_it_resumes_and_the_record_says_who_and_why(
    admin: httpx.AsyncClient, player: httpx.AsyncClient, credentials: dict[str, str]
) -> None:
    halted = await done(await admin.post("/admin/halt", json={"biome": "desert", "reason": "a sandstorm"}))
    assert (await admin.get("/admin/status")).json()["halted_biomes"] == ["desert"]
    assert await buy(player) == "HALTED"
    resumed = await done(await admin.post("/admin/resume", json={"biome": "desert", "reason": "it is over"}))
    assert await buy(player) == "filled"
    assert halted["by"] == credentials["username"]
    record = (await admin.get("/admin/commands", params={"limit": 2})).json()
    assert record["items"] == [resumed, halted]
    assert record["items"][1]["reason"] == "a sandstorm"
    assert record["items"][1]["asked"]["halted"] is True
    assert record["items"][1]["username"] is None
    assert (await admin.get(f"/admin/commands/{halted['command_id']}")).json() == halted
    older = (await admin.get("/admin/commands", params={"limit": 1})).json()
    assert (await admin.get("/admin/commands", params={"limit": 1, "after": older["next"]})).json()["items"] == [halted]


async def test_an_operator_halts_the_whole_market_and_resumes_it(
    market: RunningMarket, player: httpx.AsyncClient
) -> None:
    assert "Applied at tick" in biome_admin(market, "halt", "-r", "lunch").stdout
    try:
        assert "halted: True" in biome_admin(market, "status").stdout
        assert await buy(player) == "HALTED"
    finally:
        assert "Applied at tick" in biome_admin(market, "resume", "-r", "back from lunch").stdout
    assert await buy(player) == "filled"
    assert "by=operator " in biome_admin(market, "commands").stdout


async def test_an_operator_asks_what_became_of_a_command(market: RunningMarket, admin: httpx.AsyncClient) -> None:
    halted = await done(await admin.post("/admin/halt", json={"biome": "snow", "reason": "an avalanche"}))
    await done(await admin.post("/admin/resume", json={"biome": "snow", "reason": "it melted"}))
    shown = biome_admin(market, "command", halted["command_id"]).stdout.splitlines()
    assert {"reason: an avalanche", "status: applied", f"tick: {halted['tick']}", "    biome: snow"} <= set(shown)
    unknown = biome_admin(market, "command", NOBODY)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "There is no command with this id." in unknown.stderr


async def test_a_frozen_player_cannot_order_until_thawed(admin: httpx.AsyncClient, player: httpx.AsyncClient) -> None:
    me = (await player.get("/auth/me")).json()
    frozen = await done(await admin.post("/admin/freeze", json={"username": me["username"], "reason": "looked odd"}))
    assert frozen["username"] == me["username"]
    assert await buy(player) == "ACCOUNT_FROZEN"
    portfolio = await player.get("/biome-market/portfolio", params={"at_least_tick": frozen["tick"]})
    assert portfolio.json()["frozen"] is True
    await done(await admin.post("/admin/thaw", json={"player": me["id"], "reason": "was fine"}))
    assert await buy(player) == "filled"


async def test_a_grant_that_is_given_twice_under_one_key_happens_once(
    admin: httpx.AsyncClient, player: httpx.AsyncClient
) -> None:
    me = (await player.get("/auth/me")).json()
    body = {"player": me["id"], "amount_bdt": "250.50", "reason": "won the race"}
    key = {"Idempotency-Key": f"race {me['id']}"}
    granted = await done(await admin.post("/admin/grant", json=body, headers=key))
    assert await done(await admin.post("/admin/grant", json=body, headers=key)) == granted
    other = await admin.post("/admin/grant", json=body | {"amount_bdt": "9"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")
    portfolio = await player.get("/biome-market/portfolio", params={"at_least_tick": granted["tick"]})
    assert portfolio.json()["cash_bdt"] == "10250.50"


async def test_changed_settings_hold_from_the_tick_that_takes_them_in(
    market: RunningMarket, admin: httpx.AsyncClient, player: httpx.AsyncClient
) -> None:
    before = (await admin.get("/admin/settings")).json()
    change = {"settings": {"fee_bp": 500, "smallest_buy_bdt": "2.50"}, "reason": "an expensive week"}
    command = await done(await admin.patch("/admin/settings", json=change))
    after = command["asked"]["settings"]
    assert (after["fee_bp"], after["smallest_buy"], after["pool_bp"]) == (500, 2_500_000, before["pool_bp"])
    try:
        order = await player.post(
            "/biome-market/buy", params={"wait": "fill"}, json={"biome": "desert", "amount_bdt": "10"}
        )
        assert order.json()["fee_bdt"] == "0.50"
    finally:
        back = biome_admin(market, "set", "fee_bp=200", "smallest_buy_bdt=1", "--reason", "the week is over")
    assert "Applied at tick" in back.stdout, back.stderr
    assert (await admin.get("/admin/settings")).json() == before


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"rules": 999},
        {"fee_bp": 5_001},
        {"fee_bp": "200"},
        {"smallest_price_bdt": "0.001"},
        {"attention_shards": 8},
        {"window_ms": 1.5},
    ],
)
async def test_settings_that_the_market_would_not_take_are_refused_before_they_reach_it(
    admin: httpx.AsyncClient, settings: dict[str, object]
) -> None:
    answer = await admin.patch("/admin/settings", json={"settings": settings, "reason": "a slip of the pen"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID"), answer.text
    assert answer.json()["errors"][0]["field"].startswith("body.settings")


async def test_what_the_market_refuses_is_said_and_recorded(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/admin/freeze", json={"player": NOBODY, "reason": "a ghost"})
    assert (answer.status_code, answer.json()["code"]) == (409, "COMMAND_REFUSED")
    assert "The player has no account." in answer.json()["detail"]
    newest = (await admin.get("/admin/commands", params={"limit": 1})).json()["items"][0]
    assert (newest["status"], newest["refusal"], newest["reason"]) == (
        "refused",
        "The player has no account.",
        "a ghost",
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("halt", {"biome": "tulips", "reason": "x"}),
        ("halt", {"biome": "snow"}),
        ("halt", {"reason": ""}),
        ("halt", {"reason": "two\nlines"}),
        ("halt", {"reason": "\ud800"}),
        ("freeze", {"reason": "x"}),
        ("freeze", {"player": NOBODY, "username": "both", "reason": "x"}),
        ("freeze", {"username": "nobody-of-this-name", "reason": "x"}),
        ("grant", {"player": NOBODY, "amount_bdt": "0", "reason": "x"}),
        ("grant", {"player": NOBODY, "amount_bdt": "1000000001", "reason": "x"}),
    ],
)
async def test_a_command_that_makes_no_sense_is_refused(
    admin: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await admin.post(f"/admin/{path}", content=json.dumps(body), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID"), answer.text


async def test_the_lag_of_every_input_partition_is_shown(admin: httpx.AsyncClient) -> None:
    shown = (await admin.get("/admin/status")).json()
    names = [(one["topic"], one["partition"], one["reader"]) for one in shown["partitions"]]
    assert names == [
        ("market.inputs", 0, "market"),
        ("attention.pings", 0, "attention"),
        ("attention.pings", 1, "attention"),
    ]
    assert all(one["lag"] == one["end_offset"] - (one["next_offset"] or 0) for one in shown["partitions"])
    assert shown["tick_age_ms"] < 60_000


async def test_a_dead_letter_is_shown_and_sent_again_once(
    market: RunningMarket, admin: httpx.AsyncClient, credentials: dict[str, str]
) -> None:
    garbage = os.urandom(8).hex().encode()
    producer = AIOKafkaProducer(bootstrap_servers=market.bootstrap)
    await producer.start()
    sent = await producer.send_and_wait(MARKET_INPUTS.name, garbage, key=b"somebody")
    await producer.stop()

    async def buried() -> dict[str, Any] | None:
        letters = (await admin.get("/admin/dead-letters")).json()["items"]
        return next((letter for letter in letters if letter["at_offset"] == sent.offset), None)

    letter = await until(buried)
    assert (letter["topic"], letter["reason"], letter["size"]) == ("market.inputs", "NOT_JSON", len(garbage))
    assert letter["redriven"] is False
    whole = (await admin.get(f"/admin/dead-letters/{letter['offset']}")).json()
    assert (base64.b64decode(whole["value_base64"]), whole["redriven"]) == (garbage, False)

    redrive = f"/admin/dead-letters/{letter['offset']}/redrive"
    again = (await admin.post(redrive, json={"reason": "newer code is there"})).json()
    assert (again["topic"], again["offset"] > sent.offset) == ("market.inputs", True)

    async def buried_again() -> bool:
        letters = (await admin.get("/admin/dead-letters", params={"limit": 5})).json()["items"]
        return any(one["at_offset"] == again["offset"] and one["sha256"] == letter["sha256"] for one in letters)

    await until(buried_again)
    refused = await admin.post(redrive, json={"reason": "once more"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ALREADY_REDRIVEN")
    assert (await admin.get(f"/admin/dead-letters/{letter['offset']}")).json()["redriven"] is True
    newest = (await admin.get("/admin/actions", params={"limit": 1})).json()
    [noted] = newest["items"]
    assert (noted["action"], noted["subject"]) == ("redrive", f"dead letter {letter['offset']}")
    assert (noted["by"], noted["reason"]) == (credentials["username"], "newer code is there")
    listed = biome_admin(market, "actions", "--limit", "1").stdout
    assert "reason=newer code is there" in listed
    assert listed.endswith(f"There are older ones: --after {newest['next']}\n")
    assert "reason=she asked nicely" in biome_admin(market, "actions", "--after", newest["next"]).stdout
    missing = await admin.get(f"/admin/dead-letters/{letter['offset'] + 10**6}")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
    assert garbage.decode() not in biome_admin(market, "dead-letters").stdout
    older = (await admin.get("/admin/dead-letters", params={"before": letter["offset"] + 1, "limit": 1})).json()
    assert [(one["offset"], one["redriven"]) for one in older["items"]] == [(letter["offset"], True)]


async def test_a_dead_letter_without_bytes_cannot_be_sent_again(
    market: RunningMarket, admin: httpx.AsyncClient
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=market.bootstrap)
    await producer.start()
    sent = await producer.send_and_wait(MARKET_INPUTS.name, None, key=b"somebody")
    await producer.stop()

    async def buried() -> dict[str, Any] | None:
        letters = (await admin.get("/admin/dead-letters")).json()["items"]
        return next((letter for letter in letters if letter["at_offset"] == sent.offset), None)

    letter = await until(buried)
    assert letter["reason"] == "EMPTY"
    refused = await admin.post(f"/admin/dead-letters/{letter['offset']}/redrive", json={"reason": "why not"})
    assert (refused.status_code, refused.json()["code"]) == (409, "LETTER_INCOMPLETE")


async def test_a_key_with_the_scope_administers_and_is_named_in_the_record(
    market: RunningMarket, admin: httpx.AsyncClient, credentials: dict[str, str]
) -> None:
    made = (await admin.post("/auth/api-keys", json={"name": "night watch", "scopes": ["admin"]})).json()
    environment = market.environment | {"BIOME_ADMIN_KEY": made["key"]}
    done_ = biome_admin(market._replace(environment=environment), "halt", "snow", "-r", "too cold")
    assert "Applied" in done_.stdout, done_.stderr
    newest = (await admin.get("/admin/commands", params={"limit": 1})).json()["items"][0]
    assert newest["by"] == f"{credentials['username']}, key night watch"
    biome_admin(market, "resume", "snow", "-r", "warmer")


async def test_a_role_that_is_taken_away_is_gone_at_the_next_request(market: RunningMarket) -> None:
    user = new_user()
    async with market.client() as client:
        await client.post("/auth/register", json=user)
        assert (await client.get("/admin/status")).json()["code"] == "ADMINS_ONLY"
        for command, code in (("grant-role", 200), ("revoke-role", 403)):
            assert biome_admin(market, command, user["username"], "-r", "a try").returncode == 0
            assert (await client.get("/admin/status")).status_code == code


async def test_nobody_but_admins_administers(
    market: RunningMarket, player: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    paths = (await stranger.get(f"{market.url}/openapi.json")).json()["paths"]
    made = (await player.post("/auth/api-keys", json={"name": "a bot", "scopes": ["read", "trade"]})).json()
    key = {"Authorization": f"Bearer {made['key']}"}
    routes = [
        (method.upper(), path.removeprefix("/api/v1").replace("{offset}", "0").replace("{command_id}", "x"))
        for path, operations in paths.items()
        if path.startswith("/api/v1/admin/")
        for method in operations
    ]
    assert len(routes) >= 13
    for method, path in routes:
        asked = [
            await stranger.request(method, path, json={}),
            await player.request(method, path, json={}),
            await player.request(method, path, json={}, headers=key),
        ]
        codes = [(answer.status_code, answer.json()["code"]) for answer in asked]
        assert codes == [(401, "NOT_SIGNED_IN"), (403, "ADMINS_ONLY"), (403, "SCOPE_MISSING")], (method, path)


def test_biome_admin_says_what_is_wrong_in_a_sentence(market: RunningMarket, tmp_path_factory: Any) -> None:
    away = biome_admin(market, "--url", "http://127.0.0.1:9", "status")
    assert (away.returncode, away.stdout) == (1, "")
    assert "does not answer" in away.stderr
    refused = biome_admin(market, "freeze", NOBODY, "--id", "-r", "a ghost")
    assert refused.returncode == 1
    assert "The player has no account." in refused.stderr
    invalid = biome_admin(market, "set", "fee_bp=9999", "-r", "greed")
    assert "body.settings.fee_bp" in invalid.stderr
    nowhere = {"BIOME_DATA_DIR": str(tmp_path_factory.mktemp("nowhere")), "BIOME_JWT_SECRET": ""}
    stranger = biome_admin(market._replace(environment=market.environment | nowhere), "status")
    assert "BIOME_ADMIN_KEY" in stranger.stderr
    for ended in (away, refused, invalid, stranger):
        assert "Traceback" not in ended.stderr


async def test_a_command_that_no_tick_has_taken_in_yet_is_pending_and_shows_its_outcome_later(
    market: RunningMarket, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.admin.giving, "RECEIPT_SECONDS", 0.0)
    async with replica(market.database, kafka_bootstrap=market.bootstrap, produces=True) as application:
        token = operator_token(SECRET, name="impatient")
        async with client_of(application, token=token) as client:
            answer = await client.post("/admin/resume", json={"biome": "beach", "reason": "just so"})
    assert (answer.status_code, answer.json()["status"], answer.json()["tick"]) == (202, "pending", None)
    assert (answer.json()["by"], answer.json()["reason"]) == ("operator impatient", "just so")

    async def applied() -> bool:
        found = (await admin.get(f"/admin/commands/{answer.json()['command_id']}")).json()
        return bool(found["status"] == "applied")

    await until(applied)


@pytest.fixture
async def without_kafka(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    migrate(database)
    monkeypatch.setattr(api.log_writer, "ACK_SECONDS", 0.0)
    async with replica(database) as application:
        yield application


async def test_a_command_that_kafka_did_not_take_is_sent_again_with_the_same_bytes(
    database: str, without_kafka: FastAPI
) -> None:
    async with client_of(without_kafka, token=operator_token(SECRET, name="root")) as client:
        for _ in range(2):
            body = {"biome": "snow", "reason": "an avalanche"}
            answer = await client.post("/admin/halt", json=body, headers={"Idempotency-Key": "avalanche"})
            assert (answer.status_code, answer.json()["code"]) == (503, "LOG_UNAVAILABLE")
        rows = await execute(database, "SELECT command_id FROM command_requests")
        assert len(rows) == 1
        assert rows[0][0] in answer.json()["detail"]
        pending = (await client.get(f"/admin/commands/{rows[0][0]}")).json()
        assert (pending["status"], pending["reason"], pending["closed_at"]) == ("pending", "an avalanche", None)


async def test_what_admins_did_comes_in_pages_that_new_actions_do_not_shift(
    database: str, without_kafka: FastAPI
) -> None:
    username = (await add_user(database))["username"]
    async with client_of(without_kafka, token=operator_token(SECRET, name="root")) as client:

        async def act(reason: str) -> None:
            made = await client.put("/admin/roles", json={"username": username, "role": "admin", "reason": reason})
            assert made.status_code == 200

        async def page(**parameters: Any) -> tuple[list[str], str | None]:
            document = (await client.get("/admin/actions", params=parameters)).json()
            return [one["reason"] for one in document["items"]], document["next"]

        assert await page() == ([], None)
        for number in range(5):
            await act(f"reason {number}")
        newest, after = await page(limit=2)
        await act("a newer one")
        middle, then = await page(limit=2, after=after)
        oldest, end = await page(limit=2, after=then)
        assert newest + middle + oldest == [f"reason {number}" for number in (4, 3, 2, 1, 0)]
        assert end is None
        assert (await page(limit=3, after=after)) == (["reason 2", "reason 1", "reason 0"], None)
        wrong = await client.get("/admin/actions", params={"after": "1.0"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "INVALID")


async def test_one_change_of_settings_is_made_at_a_time(database: str, without_kafka: FastAPI) -> None:
    change = {"settings": {"fee_bp": 1}, "reason": "both at once"}
    async with await AsyncConnection.connect(database, autocommit=True) as another:
        await another.execute("SELECT pg_advisory_lock(%s)", (SETTINGS_LOCK,))
        async with client_of(without_kafka, token=operator_token(SECRET, name="root")) as client:
            answer = await client.patch("/admin/settings", json=change)
    assert (answer.status_code, answer.json()["code"]) == (503, "BUSY")


async def test_before_the_first_tick_there_is_no_status_and_nothing_to_change(without_kafka: FastAPI) -> None:
    async with client_of(without_kafka, token=operator_token(SECRET, name="root")) as client:
        answers = [
            await client.get("/admin/status"),
            await client.get("/admin/settings"),
            await client.patch("/admin/settings", json={"settings": {"fee_bp": 1}, "reason": "early"}),
        ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "NO_TICK_YET")}


async def test_lag_is_not_shown_as_it_was_before_kafka_went_away(
    without_kafka: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.status.lag, "ANSWER_SECONDS", 0.05)
    services = without_kafka.state.services
    FoldedMarket().show(services.hub, 1)
    services.lag._tell(())
    async with client_of(without_kafka, token=operator_token(SECRET, name="root")) as client:
        assert (await client.get("/admin/status")).status_code == 200
        looking = asyncio.create_task(services.lag.run())

        async def refused() -> str | None:
            answer = await client.get("/admin/status")
            return None if answer.status_code == 200 else str(answer.json()["code"])

        assert await until(refused) == "LOG_UNAVAILABLE"
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_before_its_first_report_all_that_a_reader_has_to_read_is_its_lag() -> None:
    tick = FoldedMarket().ticks[0].tick
    unheard = msgspec.structs.replace(tick, attention=msgspec.structs.replace(tick.attention, shards=(None, None)))
    market, *shards = lags_at(unheard, defaultdict(lambda: 10_000))
    assert (market.reader, market.next_offset, market.records) == (
        "market",
        tick.inputs.last + 1,
        9_999 - tick.inputs.last,
    )
    assert [(shard.next_offset, shard.records) for shard in shards] == [(None, 10_000)] * 2
