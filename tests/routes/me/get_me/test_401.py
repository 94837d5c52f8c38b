"""A key that ended after the authorizer's answer was cached is refused by the route itself."""

from datetime import timedelta

import pytest

from functions.me.get_me.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation.clock import now
from tests.conftest import Frozen, Output
from tests.environment import ERRORS_PAGE_URL
from tests.routes.gateway import FIXED_HEADERS, REQUEST_ID, event_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_a_cached_allowance_ends_with_the_key(caller: Caller, frozen: Frozen) -> None:
    cached = event_of(caller._replace(expires_at=now() + timedelta(seconds=5)))

    before = send(handler, cached)
    frozen.move(5)
    after = send(handler, cached)

    assert before.status == 200
    assert after.status == 401
    assert after.body == {
        "error": {
            "code": "api_key_expired",
            "message": "This API key has expired; ask the operator for a new one.",
            "docs_url": f"{ERRORS_PAGE_URL}#api_key_expired",
        },
        "meta": {"request_id": REQUEST_ID},
    }
    assert after.headers == {
        **FIXED_HEADERS,
        "WWW-Authenticate": 'Bearer realm="pixel", error="invalid_token"',
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "58",
        "X-RateLimit-Reset": str(int(frozen.seconds) + 45),
    }


def test_the_refusal_is_logged_with_its_code_and_is_no_failure_of_ours(caller: Caller, output: Output) -> None:
    send(handler, event_of(caller._replace(expires_at=now())))

    (line,) = output.logged("request")
    assert (line["level"], line["status"], line["code"]) == ("INFO", 401, "api_key_expired")
    assert output.metric("Status4xx") == 1
