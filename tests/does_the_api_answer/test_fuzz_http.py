"""Does every route keep to the OpenAPI document, whatever it is asked? Requests are made from the document itself, right and wrong ones."""

import json
import os
from http import HTTPStatus
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.openapi.checks import RejectedPositiveData

from api.auth.tokens import operator_token
from api.openapi import openapi_text
from tests.does_the_api_answer.running_market import RunningMarket

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "6"))
"""Random requests a route, besides those that schemathesis derives from the document (some 40 a route). `make fuzz` sets more."""
ANSWER_SECONDS: Final = 15.0
LARGEST_TICK: Final = 2**62
STREAM: Final = "/api/v1/biome-market/stream"
"""Its answer never ends: test_streaming.py asks for it."""
LOGOUT: Final = "/api/v1/auth/logout-everywhere"
"""It would end the session of all requests that follow: test_rights.py asks for it."""
CONTRADICTIONS: Final = ("Key used for something else", "two names of one thing", "A key ends in the future")
"""What is refused although it fits the document, which cannot say how two requests, or two fields, or a field and the clock go
together.
"""


def is_a_fault(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
    """Whether what schemathesis objects to is one."""
    is_contradiction = any(text in response.text for text in CONTRADICTIONS)
    return not (isinstance(failure, RejectedPositiveData) and is_contradiction)


def without_waiting(case: Any) -> None:
    """A tick that is far away is waited for, five seconds a request: another test does that once. No hook of schemathesis's gets
    every case: those that it derives from the document go past ``map_query``.
    """
    tick = str((case.query or {}).get("at_least_tick"))
    if tick.isascii() and tick.isdecimal() and 0 < int(tick) <= LARGEST_TICK:
        case.query["at_least_tick"] = 1


document = schemathesis.openapi.from_dict(json.loads(openapi_text())).exclude(path=[STREAM, LOGOUT])
document.config.update(request_timeout=ANSWER_SECONDS)
document.hook("filter_failure")(is_a_fault)


@document.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_promises(case: Any, market: RunningMarket, token: str) -> None:
    without_waiting(case)
    headers = {"Authorization": f"Bearer {token}"}
    answer = case.call_and_validate(base_url=market.url, headers=headers, excluded_checks=[not_a_server_error])
    # 503 is an answer: Kafka, PostgreSQL or a tick is away. It is documented where it can be; nothing else above 500 is.
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE


@document.include(path_regex="/admin/", method="GET").parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_an_admin_may_look_at_is_as_the_document_promises(case: Any, market: RunningMarket) -> None:
    headers = {"Authorization": f"Bearer {operator_token(market.environment['BIOME_JWT_SECRET'], name='fuzzer')}"}
    case.call_and_validate(base_url=market.url, headers=headers)
