"""A key of one website may send as much as its limits say, apart from what its workspace may ask the core.

tests/stack/test_infinity.py shows that limits are exact under many threads.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from functions.me.get_me.handler import handler as get_me
from pixel.auth.caller import Caller
from pixel.faces.face import LimitClass
from pixel.faces.infinity import INGEST, READ
from pixel.foundation.clock import epoch_seconds
from tests.conftest import Frozen, Output
from tests.environment import COUNTERS_TABLE
from tests.routes.gateway import event_of, send
from tests.routes.infinity.site import get_analytics, headers_of, post_event, post_purchase, site_key
from tests.routes.infinity.wrong_requests import OK, PAID

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


@pytest.fixture
def key(tables: "DynamoDBServiceResource") -> Caller:
    return site_key(tables, "ws_limits")


def _sent_already(tables: "DynamoDBServiceResource", key: Caller, limit_class: LimitClass, hits: int) -> str:
    """Count requests of this window as sent, and return the name of the counter."""
    limit = key.limit(limit_class)
    counter = f"{limit.counter}#{int(epoch_seconds()) // limit.window_seconds}"
    tables.Table(COUNTERS_TABLE).put_item(Item={"workspace_minute": counter, "hits": hits})
    return counter


def test_classes_count_apart_from_each_other_and_from_the_core(
    tables: "DynamoDBServiceResource", key: Caller, frozen: Frozen
) -> None:
    _sent_already(tables, key, INGEST, 1000)
    _sent_already(tables, key, READ, 98)

    ingest = [post_event(key, OK), post_purchase(key, PAID)]
    read = [get_analytics(key, metrics="x").status for _ in range(3)]
    core = send(get_me, event_of(key))

    assert [reply.status for reply in ingest] == [429, 429]
    assert read == [400, 400, 429]
    assert (core.status, core.headers["X-RateLimit-Limit"], core.headers["X-RateLimit-Remaining"]) == (200, "60", "59")
    items = tables.Table(COUNTERS_TABLE).scan()["Items"]
    counters = {item["workspace_minute"]: int(str(item["hits"])) for item in items if "hits" in item}
    minute = int(frozen.seconds) // 60
    assert counters == {
        f"key_ws_limits#ingest60#{minute}": 1001,
        f"key_ws_limits#read60#{minute}": 101,
        f"ws_limits#{minute}": 1,
    }


def test_over_the_limit_says_when_to_come_back(
    tables: "DynamoDBServiceResource", key: Caller, frozen: Frozen, sent: list[str]
) -> None:
    _sent_already(tables, key, INGEST, 1000)
    reset = str(int(frozen.seconds) + 50)

    first, second = post_event(key, OK), post_event(key, "{")

    for reply in (first, second):
        assert (reply.status, reply.body) == (
            429,
            {
                "error": {
                    "code": "RATE_LIMITED",
                    "message": "This key may send 1000 such requests in 1 minute; wait 50 s and try again.",
                    "details": {"limit": 1000, "window": "1 minute"},
                }
            },
        )
        assert headers_of(reply) == {
            "X-Request-Id": reply.headers["X-Request-Id"],
            "X-RateLimit-Limit": "1000",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset,
            "Retry-After": "50",
        }
    assert sent == ["UpdateItem"]  # the container knows the second time
    frozen.move(50)
    assert post_event(key, "{").status == 400


def test_keys_of_one_workspace_have_limits_of_their_own(tables: "DynamoDBServiceResource", key: Caller) -> None:
    other = key._replace(key_id="key_other")
    _sent_already(tables, key, INGEST, 1000)

    assert (post_event(key, "{").status, post_event(other, "{").status) == (429, 400)


def test_a_key_s_own_limits_are_in_place_of_the_defaults(key: Caller, frozen: Frozen) -> None:
    key = key._replace(limits={"ingest": (2, 3600)})
    reset = str((int(frozen.seconds) // 3600 + 1) * 3600)

    replies = [post_event(key, "{") for _ in range(3)]
    frozen.move(60)
    replies.append(post_purchase(key, "{"))

    assert [reply.status for reply in replies] == [400, 400, 429, 429]
    assert replies[2].body["error"]["details"] == {"limit": 2, "window": "1 hour"}
    assert {reply.headers["X-RateLimit-Reset"] for reply in replies} == {reset}
    assert get_analytics(key, metrics="x").headers["X-RateLimit-Limit"] == "100"


def test_requests_pass_uncounted_while_the_counter_is_away(
    key: Caller, store_down: Callable[[], None], output: Output
) -> None:
    store_down()

    reply = post_event(key, "{")

    assert (reply.status, reply.headers["X-RateLimit-Remaining"]) == (400, "999")
    assert output.metric("UncountedRequests") == 1
