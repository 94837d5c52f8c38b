"""POST /pixel/dashboard-sessions opens only dashboards of websites that the key may see, and what can be shown."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from functions.dashboard.open_dashboard.handler import handler
from pixel.auth.caller import Caller
from tests.routes.dashboard.dashboards import share
from tests.routes.gateway import Reply, event_of, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_CASES: tuple[tuple[Any, str, str], ...] = (
    ({}, "website_id", "missing"),
    ({"website_id": "admx_1", "ttl_seconds": 59}, "ttl_seconds", "invalid"),
    ({"website_id": "admx_1", "ttl_seconds": 43_201}, "ttl_seconds", "invalid"),
    ({"website_id": "admx_1", "ttl_seconds": True}, "ttl_seconds", "wrong_type"),
    ({"website_id": "admx_1", "panels": []}, "panels", "invalid"),
    ({"website_id": "admx_1", "panels": ["funnel"]}, "panels", "invalid"),
    ({"website_id": "admx_1", "embed_origins": ["http://a.example.com"]}, "embed_origins", "invalid"),
    ({"website_id": "admx_1", "embed_origins": ["https://a.example.com; script-src *"]}, "embed_origins", "invalid"),
    ({"website_id": "admx_1", "filters": {}}, "filters", "unknown"),
    ([], "body", "invalid"),
)


def _ask_for(caller: Caller, body: Any) -> Reply:
    asked = event_of(caller, "open_dashboard")
    asked["body"] = json.dumps(body)
    return send(handler, asked)


@pytest.mark.usefixtures("tables")
def test_what_is_wrong_is_named(caller: Caller) -> None:
    for body, path, code in _CASES:
        reply = _ask_for(caller, body)

        assert (reply.status, reply.body["error"]["code"]) == (400, "invalid_body")
        [field] = reply.body["error"]["details"]["fields"]
        assert (field["path"], field["code"]) == (path, code), body


def test_a_website_out_of_reach_is_as_one_that_never_existed(caller: Caller, tables: "DynamoDBServiceResource") -> None:
    share(tables)
    share(tables, "ws_2", "admx_2")
    bound = caller._replace(website_ids=("admx_3",))

    replies = [
        _ask_for(caller, {"website_id": "admx_2"}),
        _ask_for(caller, {"website_id": "admx_9"}),
        _ask_for(bound, {"website_id": "admx_1"}),
    ]

    assert [(reply.status, reply.body["error"]["code"]) for reply in replies] == [(404, "website_not_found")] * 3
