"""Events over HTTP, as a backend sends them: in the reports at once, each once, and nobody in clear anywhere."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from pixel.auth.caller import Scope
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.running import Response, RunningStack

_SITE = "admx_writing"
_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def owner(stack: RunningStack) -> Tenant:
    tenant = new_tenant(stack, rate_limit=5_000)
    tenant.add_website(_SITE)
    return tenant


@pytest.fixture(scope="module")
def key(owner: Tenant) -> str:
    return owner.key(Scope.READ, Scope.WRITE)


def _post(stack: RunningStack, key: str, path: str, body: object, **headers: str) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return stack.call(f"/api/v1/pixel/{path}", method="POST", key=key, headers={**_JSON, **headers}, body=content)


def _event(**changed: Any) -> dict[str, Any]:
    return {"website_id": _SITE, "name": "pageview", "path": "/", **changed}


def test_events_of_every_kind_are_in_the_reports(stack: RunningStack, key: str) -> None:
    visitor = f"v-{uuid4().hex}"
    events = [
        _event(visitor_id=visitor, path="/landing", referrer="https://www.google.com/"),
        _event(visitor_id=visitor, name="custom", goal_name="signup", path=None) | {},
        _event(visitor_id=visitor, name="payment", amount=12.5, currency="EUR", path=None),
    ]

    for event in events:
        answer = _post(stack, key, "events", {name: value for name, value in event.items() if value is not None})
        assert (answer.status, answer.json["data"]["status"]) == (202, "accepted"), answer.body

    profile = stack.call(f"/api/v1/pixel/query/p_visitor_profile?visitor_id={visitor}", key=key).json["data"]["data"][0]
    assert (profile["pageviews"], profile["goals"], profile["payments"]) == (1, 1, 1)
    assert profile["revenue"] == [["EUR", 12.5]]


def test_eight_senders_of_one_event_at_once_are_one_event(stack: RunningStack, key: str) -> None:
    path = f"/once-{uuid4().hex}"
    event = _event(event_id=uuid4().hex, path=path)
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: _post(stack, key, "events", event), range(16)))

    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["data"]["visitor_id"] for answer in answers}) == 1
    rows = stack.call(f"/api/v1/pixel/query/p_top_pages?path={path}", key=key).json["data"]["data"]
    assert [row["pageviews"] for row in rows] == [1]


def test_a_packed_batch_of_a_thousand_is_one_request(stack: RunningStack, key: str) -> None:
    path = f"/batch-{uuid4().hex}"
    lines = "\n".join(json.dumps(_event(path=path, visitor_id=f"v{number}")) for number in range(1000))

    started = time.monotonic()
    answer = _post(
        stack,
        key,
        "events/batch",
        gzip.compress(lines.encode()),
        **{"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"},
    )
    seconds = time.monotonic() - started

    assert answer.json["data"]["accepted"] == 1000, answer.body[:500]
    assert seconds < 10
    rows = stack.call(f"/api/v1/pixel/query/p_top_pages?path={path}", key=key).json["data"]["data"]
    assert [row["visitors"] for row in rows] == [1000]


def test_a_bomb_is_refused(stack: RunningStack, key: str) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))

    answer = _post(stack, key, "events/batch", bomb, **{"Content-Encoding": "gzip"})

    assert (answer.status, answer.code) == (413, "payload_too_large")


@pytest.mark.parametrize("scopes", [(), (Scope.READ,)])
def test_writing_needs_its_scope(stack: RunningStack, owner: Tenant, scopes: tuple[Scope, ...]) -> None:
    for path in ("events", "events/batch", "identify"):
        assert _post(stack, owner.key(*scopes), path, {}).code == "insufficient_scope"


def test_nobody_is_in_clear_in_warehouse_queues_or_logs(stack: RunningStack, key: str) -> None:
    name = f"jane{uuid4().hex[:8]}"
    email, phone = f"{name}@example.com", "+49 170 7654321"
    payment = {"website_id": _SITE, "name": "payment", "amount": 1, "currency": "USD", "email": email}
    identify = {"website_id": _SITE, "visitor_id": "v", "external_id": email, "traits": {"mail": email, "phone": phone}}
    urllib3.request(
        "POST", f"{stack.state['tinybird_url']}/_faults", json={"path": "/v0/events", "status": 503, "count": 3}
    )
    for _ in range(2):  # one into the queue, one into the warehouse
        assert _post(stack, key, "events", payment).status == 202
        assert _post(stack, key, "identify", identify).status == 202
        urllib3.request("DELETE", f"{stack.state['tinybird_url']}/_faults")
        time.sleep(2.1)

    found = []
    for table in ("pageviews", "custom_goals", "visitor_payments", "identities"):
        query = f"SELECT * FROM {table} FORMAT JSONEachRow"
        answer = urllib3.request(
            "GET",
            f"{stack.state['tinybird_url']}/_sql",
            fields={"q": query.removesuffix(" FORMAT JSONEachRow")},
            headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
        )
        assert answer.status == 200
        found += [table for word in (name, "7654321") if word in answer.data.decode()]
    for log in (stack.folder / "logs").iterdir():
        found += [log.name for word in (name, "7654321") if word in log.read_text()]
    assert found == []
