"""Is a request that is no HTTP, no JSON or no text refused, and never a failure? Written to a socket, since clients mend what they send."""

import base64
import contextlib
import os
import random
import socket
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.does_the_api_answer.running_market import WAIT_SECONDS, RunningMarket

EXAMPLES: Final = int(os.environ.get("FUZZ_REQUESTS", "150"))
"""Mutated requests. `make fuzz` sets more."""
INCOMPLETE_SECONDS: Final = 1.0
"""Enough for any answer; a request that mutation made incomplete gets none."""
STATUS_AT: Final = slice(9, 12)
"""Of a status line: HTTP/1.1 200 OK."""

JSON: Final = b"Content-Type: application/json\r\n"
API: Final = b"/api/v1"
ORDER: Final = b'{"biome":"snow","amount_bdt":"1"}'


def post(path: bytes, body: bytes, *, headers: bytes = JSON, length: bytes | None = None) -> bytes:
    stated = b"%d" % len(body) if length is None else length
    return b"POST " + API + path + b" HTTP/1.1\r\n" + headers + b"Content-Length: " + stated + b"\r\n@\r\n" + body


def get(path: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + headers + b"@\r\n"


def buy(body: bytes = ORDER, *, headers: bytes = JSON, length: bytes | None = None) -> bytes:
    return post(b"/biome-market/buy", body, headers=headers, length=length)


def ping(points: bytes) -> bytes:
    return post(b"/biome-market/track-attention", b'{"biome":"snow","points":' + points + b"}")


def me(token: bytes) -> bytes:
    return get(API + b"/auth/me", b"Authorization: Bearer " + token + b"\r\n").replace(b"@", b"Host: x\r\n", 1)


def segment(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def credentials(path: bytes, password: bytes) -> bytes:
    return post(path, b'{"username":"surrogate","password":"' + password + b'"}')


# A request, and the statuses that answer it. "@" stands for the headers of every request: host and token.
HOSTILE: Final[dict[str, tuple[bytes, set[int]]]] = {
    "half of a surrogate pair as a password": (credentials(b"/auth/login", rb"\ud800"), {422}),
    "half of a surrogate pair as a new password": (credentials(b"/auth/register", rb"\udfff long enough"), {422}),
    "a null byte in a username": (post(b"/auth/login", rb'{"username":"a\u0000b","password":"x"}'), {401}),
    "half of a surrogate pair as a key of an order": (buy(ORDER[:-1] + rb',"client_order_id":"\ud800"}'), {422}),
    "half of a surrogate pair as a field": (buy(ORDER[:-1] + rb',"\ud800":1}'), {422}),
    "5,000 digits": (ping(b"9" * 5_000), {400}),
    "1e400": (ping(b"1e400"), {422}),
    "NaN": (ping(b"NaN"), {422}),
    "-0": (ping(b"-0"), {422}),
    "2^63": (ping(b"9223372036854775808"), {422}),
    "a whole number with a point": (ping(b"3.0"), {202}),
    "deep arrays": (ping(b"[" * 15_000 + b"]" * 15_000), {400}),
    "deep objects": (buy(b'{"biome":' * 5_000), {400}),
    "arrays as deep as Python's stack": (buy(b"[" * 990 + b"]" * 990), {400, 422}),
    "null bytes": (buy(b"\0" * 10), {400}),
    "not UTF-8": (buy(b'{"biome":"\xff"}'), {400, 422}),
    "another content type": (buy(headers=b"Content-Type: text/plain\r\n"), {422}),
    "no content type": (buy(headers=b""), {422}),
    "a form without a boundary": (buy(headers=b"Content-Type: multipart/form-data\r\n"), {422}),
    "a compressed body": (buy(b"\x1f\x8b", headers=JSON + b"Content-Encoding: gzip\r\n"), {400}),
    "a length that is no number": (buy(length=b"many"), {400}),
    "a negative length": (buy(length=b"-1"), {400}),
    "a length of 19 digits": (buy(length=b"9" * 19), {413}),
    "a length of 5,000 digits": (buy(length=b"9" * 5_000), {400}),
    "a chunk that is none": (buy(b"zz\r\n").replace(b"Content-Length: 4", b"Transfer-Encoding: chunked"), {400}),
    "a key that is not ASCII": (buy(headers=JSON + b"Idempotency-Key: \xe9\xff\r\n"), {422}),
    "an empty key": (buy(headers=JSON + b"Idempotency-Key:\r\n"), {422}),
    "a long path": (get(API + b"/biome-market/markets/" + b"a" * 60_000), {422}),
    "a long file name": (get(b"/" + b"a" * 60_000), {404}),
    "a long query": (get(API + b"/biome-market/transactions?after=" + b"1" * 60_000), {422}),
    "a limit of 5,000 digits": (get(API + b"/biome-market/transactions?limit=" + b"9" * 5_000), {422}),
    "a tick past a BIGINT": (get(API + b"/biome-market/stream?since=9223372036854775808"), {422}),
    "a tick that is to come": (get(API + b"/biome-market/stream", b"Last-Event-ID: " + b"9" * 18 + b"\r\n"), {200}),
    "an event id in other digits": (get(API + b"/biome-market/stream", b"Last-Event-ID: \xb2\r\n"), {200}),
    "an event id of 5,000 digits": (
        get(API + b"/biome-market/stream", b"Last-Event-ID: " + b"9" * 5_000 + b"\r\n"),
        {200},
    ),
    "a null byte in a path": (get(b"/a%00b"), {404}),
    "a null byte in an order's id": (get(API + b"/biome-market/orders/%00"), {422}),
    "a surrogate in a path": (get(b"/%ed%a0%80"), {404}),
    "a path of a folder above": (get(b"/..%2f..%2fetc/passwd"), {404}),
    "a token that is not ASCII": (me(b"\xff\xfe"), {401}),
    "a token of dots": (me(b"..."), {401}),
    "an unsigned token": (me(segment(b'{"alg":"none"}') + b"." + segment(b'{"sub":"x"}') + b"."), {401}),
    "a token that is an array": (me(b".".join([segment(b"[]")] * 3)), {401}),
    "a token whose algorithm is an array": (me(segment(b'{"alg":[]}') + b".e30.AA"), {401}),
    "a token of deep arrays": (me(segment(b"[" * 20_000) + b".e30.AA"), {401}),
    "a token with 5,000 digits": (me(segment(b'{"alg":' + b"9" * 5_000 + b"}") + b".e30.AA"), {401}),
    "2,000 headers": (get(API + b"/health", b"".join(b"X-%d: 1\r\n" % number for number in range(2_000))), {200}),
    "a range without end": (get(b"/", b"Range: bytes=" + b"9" * 5_000 + b"-\r\n"), {400}),
    "3,000 ranges": (get(b"/", b"Range: bytes=" + b"1-2," * 3_000 + b"3-4\r\n"), {200, 206, 400, 416}),
    "a time that is none": (get(b"/", b"If-Modified-Since: Thu, 01 Jan 99999999999 00:00:00 GMT\r\n"), {200, 304}),
    "a method that nobody knows": (get(API + b"/health").replace(b"GET", b"FOO"), {400}),
    "a method that no route takes": (get(API + b"/auth/login"), {405}),
    "a method that the page does not take": (get(b"/").replace(b"GET", b"PUT"), {405}),
    "the beginning of TLS": (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", {400}),
    "HTTP 0.9": (b"GET /\r\n\r\n", {400}),
}
USUAL: Final = (
    buy(headers=JSON + b"Idempotency-Key: once\r\n"),
    ping(b"3"),
    post(b"/auth/login", b'{"username":"nobody","password":"a password"}'),
    get(API + b"/biome-market/transactions?after=12.3&limit=5"),
    get(API + b"/biome-market/stream?since=7", b"Last-Event-ID: 7\r\n"),
    me(b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA"),
    get(b"/assets/app-1a2b3c.js", b"Range: bytes=0-3\r\nIf-None-Match: x\r\n"),
)
ODD: Final = (
    b"\0",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\xff",
    b"%00",
    b"%ff",
    b"\\ud800",
    b"9" * 30,
    b"-",
    b'"',
    b"{",
    b"[",
    b":",
    b"/..",
    b"?",
    b"\xe2\x82",
)


def status_of(market: RunningMarket, request: bytes, *, token: str, seconds: float = WAIT_SECONDS) -> int | None:
    """The status that answers a request; None when there is none: the server waits for more, or closed the connection."""
    address = urlsplit(market.url)
    common = b"Host: x\r\nConnection: close\r\nAuthorization: Bearer " + token.encode() + b"\r\n"
    answer = b""
    with (
        socket.create_connection((address.hostname, address.port), timeout=seconds) as connection,
        contextlib.suppress(TimeoutError, ConnectionError),
    ):
        connection.sendall(request.replace(b"@", common, 1))
        while len(answer) < STATUS_AT.stop and (more := connection.recv(1_024)):
            answer += more
    return int(answer[STATUS_AT]) if answer else None


def mutated(request: bytes, seed: int) -> bytes:
    """The request with a few of its bytes changed, cut out, doubled or put in."""
    chance, changed = random.Random(seed), bytearray(request)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(changed) + 1)
        end = min(len(changed), start + chance.randint(0, 8))
        changed[start:end] = chance.choice(
            (chance.randbytes(end - start), b"", changed[start:end] * 2, chance.choice(ODD))
        )
    return bytes(changed)


@pytest.mark.parametrize(("request_bytes", "statuses"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_request_has_its_answer(
    market: RunningMarket, token: str, request_bytes: bytes, statuses: set[int]
) -> None:
    assert status_of(market, request_bytes, token=token) in statuses


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(request_bytes=st.builds(mutated, st.sampled_from(USUAL), st.integers(0, 2**32)))
def test_a_request_with_some_bytes_changed_is_no_failure(
    market: RunningMarket, token: str, request_bytes: bytes
) -> None:
    status = status_of(market, request_bytes, token=token, seconds=INCOMPLETE_SECONDS)
    assert status is None or status < 500 or status == 503


def test_an_unsupported_method_is_told_which_there_are(market: RunningMarket) -> None:
    for path, allowed in (("/api/v1/auth/login", "POST"), ("/api/v1/biome-market/markets", "GET"), ("/", "GET, HEAD")):
        answer = httpx.request("PATCH", market.url + path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.headers["content-type"] == "application/problem+json"
