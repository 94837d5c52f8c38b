"""The request after the last one of the minute is refused, with all that a client needs to wait."""

import pytest

from functions.me.get_me.handler import handler
from pixel.auth.caller import Caller
from tests.conftest import Frozen, Output
from tests.environment import ERRORS_PAGE_URL
from tests.routes.gateway import FIXED_HEADERS, REQUEST_ID, event_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_the_61st_request_of_a_minute_is_told_when_to_come_back(caller: Caller, frozen: Frozen) -> None:
    replies = [send(handler, event_of(caller)) for _ in range(61)]

    assert [reply.status for reply in replies] == [200] * 60 + [429]
    assert replies[60].body == {
        "error": {
            "code": "rate_limit_exceeded",
            "message": "This workspace may send 60 requests a minute; wait 50 s and try again.",
            "docs_url": f"{ERRORS_PAGE_URL}#rate_limit_exceeded",
            "details": {"limit": 60, "window": "1 minute"},
        },
        "meta": {"request_id": REQUEST_ID},
    }
    assert replies[60].headers == {
        **FIXED_HEADERS,
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(frozen.seconds) + 50),
        "Retry-After": "50",
    }


def test_coming_back_as_told_succeeds(caller: Caller, frozen: Frozen) -> None:
    caller = caller._replace(rate_limit=1)
    send(handler, event_of(caller))
    refused = send(handler, event_of(caller))

    frozen.move(int(refused.headers["Retry-After"]))

    assert send(handler, event_of(caller)).status == 200


def test_a_second_key_does_not_buy_a_second_limit(caller: Caller) -> None:
    caller = caller._replace(rate_limit=1)
    send(handler, event_of(caller))

    assert send(handler, event_of(caller._replace(key_id="key_2"))).status == 429


def test_another_workspace_is_untouched(caller: Caller) -> None:
    caller = caller._replace(rate_limit=1)
    for _ in range(3):
        send(handler, event_of(caller))

    assert send(handler, event_of(caller._replace(workspace_id="ws_2"))).status == 200


def test_the_refusal_is_logged_with_its_code_and_is_no_failure_of_ours(caller: Caller, output: Output) -> None:
    for _ in range(2):
        send(handler, event_of(caller._replace(rate_limit=1)))

    line = output.logged("request")[1]
    assert (line["level"], line["status"], line["code"]) == ("INFO", 429, "rate_limit_exceeded")
