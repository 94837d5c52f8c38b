"""Records are managed over HTTP alone, from a key with pixel:manage, through the gateway."""

import json
from typing import Any

import pytest

from pixel.auth.caller import Scope
from tests.stack.conftest import new_tenant
from tests.stack.running import Response, RunningStack

_RECORDS = "/api/v1/pixel"


def _send(stack: RunningStack, key: str, method: str, path: str, body: Any = None, **headers: str) -> Response:
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    content = None if body is None else json.dumps(body).encode()
    return stack.call(f"{_RECORDS}/{path}", method=method, key=key, headers=sent, body=content)


def test_a_website_and_its_records_are_made_changed_listed_and_deleted(stack: RunningStack) -> None:
    key = new_tenant(stack).key(*Scope)
    website = _send(stack, key, "POST", "websites", {"domain": "shop.example.com"}, Idempotency_Key="w-1")
    website_id = website.json["data"]["id"]
    again = _send(stack, key, "POST", "websites", {"domain": "shop.example.com"}, Idempotency_Key="w-1")
    assert (website.status, again.status, again.json["data"]) == (201, 201, website.json["data"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert stack.call(website.headers["Location"].removeprefix("/live"), key=key).json["data"] == website.json["data"]

    event = {"website_id": website_id, "name": "pageview", "path": "/"}
    assert _send(stack, key, "POST", "events", event).status == 202

    for path, new, change in (
        ("goals", {"name": "Order", "selector": "/thanks*"}, {"selector": "#thanks"}),
        ("alerts", {"metric": "visitors", "threshold": 5, "channel": "email"}, {"threshold": 6}),
        ("reports", {"cadence": "daily", "channel": "slack", "recipients": ["#sales"]}, {"cadence": "weekly"}),
        ("share-links", {"expires_in_days": 3}, {"name": "Board"}),
    ):
        made = _send(stack, key, "POST", path, {"website_id": website_id, **new})
        assert made.status == 201, made.body
        one = f"{path}/{made.json['data']['id']}"
        changed = _send(stack, key, "PATCH", one, change, If_Match=made.headers["ETag"])
        assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
        assert _send(stack, key, "PATCH", one, change, If_Match=made.headers["ETag"]).status == 412
        assert _send(stack, key, "GET", f"{path}?limit=5").json["data"] == [changed.json["data"]]
        if path == "share-links":
            rotated = _send(stack, key, "POST", f"{one}/rotate")
            assert rotated.json["data"]["token"] != made.json["data"]["token"]

    gone = _send(stack, key, "DELETE", f"websites/{website_id}")
    assert gone.json["data"]["went_with_it"] == {"goals": 1, "alerts": 1, "reports": 1, "share_links": 1}
    assert _send(stack, key, "DELETE", f"websites/{website_id}").json["data"] == gone.json["data"]
    assert _send(stack, key, "GET", f"websites/{website_id}").status == 404


@pytest.mark.parametrize(
    ("path", "methods"),
    [("goals", {"GET", "POST", "OPTIONS"}), ("goals/goal_1", {"GET", "PATCH", "DELETE", "OPTIONS"})],
)
def test_a_preflight_lists_the_methods_of_its_path(stack: RunningStack, path: str, methods: set[str]) -> None:
    response = stack.call(f"{_RECORDS}/{path}", method="OPTIONS")

    assert {*response.headers["Access-Control-Allow-Methods"].split(",")} == methods
    assert "If-Match" in response.headers["Access-Control-Allow-Headers"]
