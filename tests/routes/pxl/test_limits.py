"""A key of Pxl may send 500 requests in a day of UTC; the headers in lower case say what is left."""

from typing import TYPE_CHECKING, Any

import pytest

from functions.me.get_me.handler import handler as get_me
from pixel.auth.caller import Caller
from tests.conftest import Frozen
from tests.environment import COUNTERS_TABLE
from tests.routes.gateway import event_of, send
from tests.routes.pxl.shorts_given import DESTINATION, create, delete, headers_of, insight, list_, pxl_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("tables", "output", "no_sleep")

_DAY = 86_400


def _sent_already(tables: "DynamoDBServiceResource", key: Caller, frozen: Frozen, hits: int) -> None:
    counter = f"{key.key_id}#day#{int(frozen.seconds) // _DAY}"
    tables.Table(COUNTERS_TABLE).put_item(Item={"workspace_minute": counter, "hits": hits})


def test_all_routes_count_together_for_each_key_until_midnight(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    key = pxl_key()
    other = key._replace(key_id="key_other")
    _sent_already(tables, key, frozen, 496)
    midnight = (int(frozen.seconds) // _DAY + 1) * _DAY

    replies = [list_(key), create(key, "{"), insight(key, x="1"), delete(key, "none"), list_(key), list_(key)]

    assert [reply.status for reply in replies] == [200, 400, 400, 404, 429, 429]
    assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == ["3", "2", "1", "0", "0", "0"]
    for reply in replies:
        sent = headers_of(reply)
        assert (sent["x-ratelimit-limit"], sent["x-ratelimit-reset"]) == ("500", str(midnight))
        assert sent["x-ratelimit-latency"] == "0"
        assert not any(name.startswith("X-RateLimit-") for name in sent)
    error = replies[-1].body["error"]
    seconds = midnight - int(frozen.seconds)
    assert (error["code"], error["details"]) == ("rate_limit_exceeded", {"limit": 500, "window": "1 day"})
    assert error["message"] == f"This token may send 500 requests in 1 day; wait {seconds} s and try again."
    assert replies[-1].headers["Retry-After"] == str(seconds)
    assert list_(other).headers["x-ratelimit-remaining"] == "499"
    core = send(get_me, event_of(key))
    assert (core.status, core.headers["X-RateLimit-Remaining"]) == (200, "59")
    frozen.move(seconds)
    assert list_(key).headers["x-ratelimit-remaining"] == "499"


def test_a_key_s_own_limit_is_in_place_of_the_default() -> None:
    key = pxl_key(limits={"pxl": (1, _DAY)})

    assert [list_(key).status for _ in range(2)] == [200, 429]


def test_latency_is_how_long_counting_took(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    key = pxl_key()
    from pixel.aws.tables import Database  # noqa: PLC0415 - the class whose method takes long here

    add = Database.add

    def slow(*arguments: Any, **named: Any) -> int:
        frozen.move(0.0415)
        return add(*arguments, **named)

    monkeypatch.setattr(Database, "add", slow)

    assert create(key, {"destination": DESTINATION}).headers["x-ratelimit-latency"] == "42"


def test_requests_pass_uncounted_while_the_counter_is_away(store_down: "Callable[[], None]") -> None:
    key = pxl_key()
    store_down()

    assert create(key, "{").headers["x-ratelimit-remaining"] == "499"
