"""GET /me tells a key what it is."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime

import pytest

from functions.me.get_me.handler import handler
from pixel.auth.caller import Caller
from tests.conftest import Frozen, Output
from tests.routes.gateway import FIXED_HEADERS, REQUEST_ID, event, event_of, send

pytestmark = pytest.mark.usefixtures("tables", "frozen", "output")


def test_the_answer_describes_the_key_and_its_limit(caller: Caller, frozen: Frozen) -> None:
    reply = send(handler, event_of(caller))

    assert reply.status == 200
    assert reply.body == {
        "data": {
            "key_id": "key_1",
            "name": "Backend",
            "workspace_id": "ws_1",
            "scopes": ["pixel:read", "pixel:write"],
            "website_ids": None,
            "expires_at": None,
            "rate_limit": {"limit": 60, "window_seconds": 60},
            "limits": {},
        },
        "meta": {"request_id": REQUEST_ID},
    }
    assert reply.headers == {
        **FIXED_HEADERS,
        "X-RateLimit-Limit": "60",
        "X-RateLimit-Remaining": "59",
        "X-RateLimit-Reset": str(int(frozen.seconds) + 50),
    }


def test_the_end_of_a_key_is_told_in_utc(caller: Caller) -> None:
    caller = caller._replace(expires_at=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))

    reply = send(handler, event_of(caller))

    assert reply.body["data"]["expires_at"] == "2026-12-31T23:59:59Z"


def test_a_key_without_scopes_may_ask(caller: Caller) -> None:
    reply = send(handler, event_of(caller._replace(scopes=())))

    assert reply.status == 200
    assert reply.body["data"]["scopes"] == []


def test_a_key_that_is_bound_to_websites_is_told_which(caller: Caller) -> None:
    reply = send(handler, event_of(caller._replace(website_ids=("admx_1", "admx_2"))))

    assert reply.body["data"]["website_ids"] == ["admx_1", "admx_2"]


def test_a_key_of_one_website_is_told_which_and_how_often_it_may_ask(caller: Caller) -> None:
    caller = caller._replace(
        scopes=("site:read", "site:write"), website_ids=("admx_1",), limits={"ingest": (5, 1)}, rate_limit=60
    )

    reply = send(handler, event_of(caller))

    assert (reply.status, reply.headers["X-RateLimit-Limit"]) == (200, "60")
    assert (reply.body["data"]["website_ids"], reply.body["data"]["limits"]) == (
        ["admx_1"],
        {"ingest": {"limit": 5, "window_seconds": 1}, "read": {"limit": 100, "window_seconds": 60}},
    )


def test_a_workspace_s_own_limit_is_told_and_counted_down(caller: Caller) -> None:
    caller = caller._replace(rate_limit=2)

    replies = [send(handler, event_of(caller)) for _ in range(2)]

    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["1", "0"]
    assert {reply.headers["X-RateLimit-Limit"] for reply in replies} == {"2"}
    assert replies[0].body["data"]["rate_limit"]["limit"] == 2


def test_two_keys_of_a_workspace_share_the_count(caller: Caller) -> None:
    other_key = caller._replace(key_id="key_2")

    replies = [send(handler, event_of(either)) for either in (caller, other_key)]

    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["59", "58"]


def test_one_container_serves_two_workspaces_as_two_containers_would(caller: Caller) -> None:
    other = Caller("ws_2", "key_9", "Reports", (), 10, datetime(2027, 1, 1, tzinfo=UTC))

    first = send(handler, event_of(caller))
    kept = deepcopy(first)
    second = send(handler, event_of(other))

    assert first == kept
    assert second.body["data"] == {
        "key_id": "key_9",
        "name": "Reports",
        "workspace_id": "ws_2",
        "scopes": [],
        "website_ids": None,
        "expires_at": "2027-01-01T00:00:00Z",
        "rate_limit": {"limit": 10, "window_seconds": 60},
        "limits": {},
    }
    assert second.headers["X-RateLimit-Remaining"] == "9"
    assert "ws_1" not in str(second)
    assert "key_1" not in str(second)


def test_the_answer_holds_when_the_counters_cannot_be_reached(
    caller: Caller, store_down: Callable[[], None], output: Output
) -> None:
    store_down()

    reply = send(handler, event_of(caller))

    assert reply.status == 200
    assert reply.headers["X-RateLimit-Remaining"] == "59"
    assert output.metric("UncountedRequests") == 1


def test_a_request_leaves_one_log_line_and_its_metrics(caller: Caller, output: Output) -> None:
    send(handler, event_of(caller))

    (line,) = output.logged("request")
    assert line["duration_ms"] >= 0
    assert {name: line[name] for name in ("level", "request_id", "route", "status", "workspace_id", "key_id")} == {
        "level": "INFO",
        "request_id": REQUEST_ID,
        "route": "GET /api/v1/me",
        "status": 200,
        "workspace_id": "ws_1",
        "key_id": "key_1",
    }
    assert (output.metric("Requests"), output.metric("Status2xx")) == (1, 1)


def test_the_event_file_is_answered() -> None:
    assert send(handler, event("get_me")).body["data"]["workspace_id"] == "ws_demo"
