"""Records and keys are managed over HTTP alone, through the gateway, as a product does for each of its customers."""

import json
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from pixel.auth.caller import Scope
from pixel.foundation.clock import now, to_iso
from tests.pipes.oracle.question import Question
from tests.pipes.oracle.revenue import goal_conversions
from tests.stack.conftest import new_tenant
from tests.stack.running import Response, RunningStack

_RECORDS = "/api/v1/pixel"
_KEYS = "/api/v1/keys"
_PAGES = ("/", "/thanks", "/thanks/1?order=7", "/thank", "/pricing")


class _Sender(NamedTuple):
    """Sends requests with one key."""

    stack: RunningStack
    key: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): one for name, one in headers.items()}}
        content = None if body is None else json.dumps(body).encode()
        return self.stack.call(path, method=method, key=self.key, headers=sent, body=content)

    def data(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str) -> Any:
        answer = self.send(method, path, body, **headers)
        assert answer.status == status, answer.body
        return answer.json["data"]


def test_a_customer_s_website_is_made_measured_and_deleted(stack: RunningStack) -> None:
    """The operator makes two keys: one that manages and writes, and one that may give keys to read and write."""
    tenant = new_tenant(stack, rate_limit=1_000)
    manager = _Sender(stack, tenant.key(Scope.READ, Scope.WRITE, Scope.MANAGE))
    giver = _Sender(stack, tenant.key(Scope.READ, Scope.WRITE, Scope.KEYS))

    website_id = _make_website(manager)
    records = _make_and_change_records(manager, website_id)
    bound = {"name": "Customer", "scopes": ["pixel:read", "pixel:write"], "website_ids": [website_id]}
    issued = giver.data("POST", _KEYS, bound, status=201)
    customer = _Sender(stack, issued["key"])
    assert [row["id"] for row in customer.data("GET", f"{_RECORDS}/websites")] == [website_id]
    assert customer.send("POST", _KEYS, bound).status == 403

    rows = _send_pageviews(customer, tenant.workspace_id, website_id)
    [goal] = manager.data("GET", f"{_RECORDS}/goals?limit=5")
    goals = [{**goal, "workspace_id": tenant.workspace_id, "goal_id": goal["id"], "is_deleted": 0, "version": 1}]
    tables = {"pageviews": rows, "custom_goals": [], "visitor_payments": [], "goals": goals}
    asked = {"workspace_id": tenant.workspace_id, "website_id": website_id}
    counted = customer.data("GET", f"{_RECORDS}/query/p_goal_conversions?website_id={website_id}")["data"]
    assert counted == goal_conversions(Question(tables, asked, now()))
    assert [(row["goal_name"], row["conversions"], row["visitors"], row["value"]) for row in counted] == [
        ("Order", 4, 2, 50)
    ]

    assert manager.data("DELETE", records[0])["id"] == goal["id"]
    gone = manager.data("DELETE", f"{_RECORDS}/websites/{website_id}")
    assert gone["went_with_it"] == {"goals": 0, "alerts": 1, "reports": 1, "share_links": 1}
    assert manager.data("DELETE", f"{_RECORDS}/websites/{website_id}") == gone
    for path in (f"{_RECORDS}/websites/{website_id}", records[0]):
        assert manager.send("GET", path).status == 404
    assert customer.send("GET", f"{_RECORDS}/query/p_goal_conversions?website_id={website_id}").status == 404
    assert giver.data("DELETE", f"{_KEYS}/{issued['id']}")["id"] == issued["id"]
    assert customer.send("GET", f"{_RECORDS}/websites").code == "api_key_revoked"


def _make_website(manager: _Sender) -> str:
    """Return the id of a website, whose creation is sent twice and which is then changed."""
    body = {"domain": "shop.example.com", "timezone": "Europe/Berlin"}
    made, again = (manager.send("POST", f"{_RECORDS}/websites", body, Idempotency_Key="w-1") for _ in range(2))
    assert (made.status, again.status, again.json["data"]) == (201, 201, made.json["data"])
    assert again.headers["Idempotent-Replayed"] == "true"
    location = made.headers["Location"].removeprefix("/live")
    assert manager.data("GET", location) == made.json["data"]
    changed = manager.data("PATCH", location, {"currency": "EUR"}, If_Match=made.headers["ETag"])
    assert (changed["timezone"], changed["currency"], changed["revision"]) == ("Europe/Berlin", "EUR", 2)
    return str(changed["id"])


def _make_and_change_records(manager: _Sender, website_id: str) -> list[str]:
    """Return the paths of a goal, an alert, a report and a share link."""
    paths = []
    for kind, new, change in (
        ("goals", {"name": "Order", "selector": "#thanks", "value": 12.5}, {"selector": "/thanks*", "currency": "usd"}),
        ("alerts", {"metric": "visitors", "threshold": 5, "channel": "email"}, {"threshold": 6}),
        ("reports", {"cadence": "daily", "channel": "slack", "recipients": ["#sales"]}, {"cadence": "weekly"}),
        ("share-links", {"expires_in_days": 3}, {"name": "Board"}),
    ):
        made = manager.send("POST", f"{_RECORDS}/{kind}", {"website_id": website_id, **new})
        assert made.status == 201, made.body
        path = f"{_RECORDS}/{kind}/{made.json['data']['id']}"
        changed = manager.send("PATCH", path, change, If_Match=made.headers["ETag"])
        assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
        assert manager.send("PATCH", path, change, If_Match=made.headers["ETag"]).status == 412
        assert manager.data("GET", f"{_RECORDS}/{kind}?limit=5") == [changed.json["data"]]
        if kind == "share-links":
            rotated = manager.data("POST", f"{path}/rotate")
            assert rotated["token"] != made.json["data"]["token"]
        paths.append(path)
    return paths


def _send_pageviews(customer: _Sender, workspace_id: str, website_id: str) -> list[dict[str, Any]]:
    """Send pageviews of three visitors and return them as rows, by what docs/pipes.md says of events."""
    sent, rows = [], []
    for number, visitor in enumerate(("ann", "bob", "cid")):
        for place, page in enumerate(_PAGES if visitor != "cid" else _PAGES[:1]):
            moment = to_iso(now() - timedelta(minutes=10 * number + place))
            event = {"event_id": uuid4().hex, "visitor_id": visitor, "timestamp": moment, "website_id": website_id}
            url = f"https://shop.example.com{page}"
            sent.append({**event, "name": "pageview", "url": url})
            of_url = {"url": url, "host": "shop.example.com", "path": urlsplit(url).path}
            rows.append({**event, **of_url, "workspace_id": workspace_id, "received_at": moment})
    results = customer.data("POST", f"{_RECORDS}/events/batch", {"events": sent}, status=202)
    assert results["accepted"] == len(sent), results
    return rows


@pytest.mark.parametrize(
    ("path", "methods"),
    [("goals", {"GET", "POST", "OPTIONS"}), ("goals/goal_1", {"GET", "PATCH", "DELETE", "OPTIONS"})],
)
def test_a_preflight_lists_the_methods_of_its_path(stack: RunningStack, path: str, methods: set[str]) -> None:
    response = stack.call(f"{_RECORDS}/{path}", method="OPTIONS")

    assert {*response.headers["Access-Control-Allow-Methods"].split(",")} == methods
    assert "If-Match" in response.headers["Access-Control-Allow-Headers"]
