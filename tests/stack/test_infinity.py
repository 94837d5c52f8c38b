"""Infinity Metrics over HTTP: what its programs send and get, and limits that are exact under sixteen threads."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pixel.auth.caller import Scope
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.provisioning import issue_key
from pixel.workspaces.workspace import find_workspace
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.running import Response, RunningStack, within_one_minute

_EVENT = {
    "event_name": "user_signup",
    "metadata": {"plan": "premium", "source": "landing_page"},
    "visitor_id": "optional_visitor_id",
    "timestamp": "2024-01-15T10:30:00Z",
}
_PURCHASE = {
    "price": 2999,
    "currency": "USD",
    "product_name": "Premium Plan",
    "quantity": 1,
    "metadata": {"billing": "monthly", "category": "subscription"},
    "visitor_id": "optional_visitor_id",
    "timestamp": "2024-01-15T10:30:00Z",
}
_JANUARY = "?start_date=2024-01-01&end_date=2024-01-31&metrics=page_views,unique_visitors,events"


def _site_key(tenant: Tenant) -> str:
    new = NewKey(name="shop", scopes=("site:read", "site:write"), website_ids=("admx_1",))
    key, _ = issue_key(tenant.target.store, lambda: tenant.target.usage_plans, tenant.workspace_id, new)
    return key


def _post(stack: RunningStack, path: str, key: str | None, body: Any) -> Response:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return stack.call(path, method="POST", key=key, headers={"Content-Type": "application/json"}, body=sent)


@pytest.fixture(scope="module")
def site(stack: RunningStack) -> Tenant:
    tenant = new_tenant(stack)
    tenant.add_website("admx_1")
    return tenant


def test_a_program_works_with_another_address_and_another_key(stack: RunningStack, site: Tenant) -> None:
    key = _site_key(site)
    before = _totals(stack, key)

    event, purchase = (
        _post(stack, "/api/v1/events", key, _EVENT),
        _post(stack, "/api/v1/events/purchase", key, _PURCHASE),
    )

    assert [event.status, purchase.status] == [200, 200]
    assert event.json["success"] is True
    assert event.json["event_id"].startswith("evt_")
    assert (event.headers["X-RateLimit-Limit"], event.headers["X-Request-Id"][:4]) == ("1000", "req_")
    after = _totals(stack, key)
    assert after == {"page_views": 0, "unique_visitors": 0, "events": before["events"] + 2}
    assert find_workspace(site.target.store, site.workspace_id).usage_plan == "PlusUsagePlan"


def test_a_bad_key_is_refused_in_the_words_of_the_face(stack: RunningStack, site: Tenant) -> None:
    """Its 401 is API Gateway's, which adds the core's `meta` and the address of the page of errors."""
    core_key = site.key(Scope.READ, Scope.WRITE)

    missing = _post(stack, "/api/v1/events", None, _EVENT)
    unknown = stack.call("/api/v1/analytics", key="pixel_live_nobody")
    other_face = _post(stack, "/api/v1/events/purchase", core_key, _PURCHASE)
    on_core = stack.call("/api/v1/pixel/websites", key=_site_key(site))
    wrong = _post(stack, "/api/v1/events", _site_key(site), {})

    assert [one.status for one in (missing, unknown, other_face, on_core, wrong)] == [401, 401, 403, 403, 400]
    assert [one.code for one in (missing, unknown, other_face)] == ["UNAUTHORIZED", "UNAUTHORIZED", "FORBIDDEN"]
    assert missing.json["error"]["message"].startswith("The Authorization header is missing")
    assert missing.json["error"]["docs_url"].endswith("#missing_authorization")
    assert missing.json["meta"]["request_id"].startswith("req_")
    assert missing.headers["WWW-Authenticate"]
    assert on_core.code == "insufficient_scope"
    assert wrong.json["error"]["message"] == "Event name is required"


@pytest.mark.parametrize(
    ("counter", "path", "limit"), [("ingest60", "/api/v1/events", 1000), ("read60", "/api/v1/analytics?metrics=x", 100)]
)
def test_a_limit_is_exact_under_sixteen_threads_and_apart_from_the_core_s(
    stack: RunningStack, site: Tenant, counter: str, path: str, limit: int
) -> None:
    """All but the last twenty requests of the minute are entered as sent; then 48 are sent at once."""

    def ask() -> tuple[Counter[int], Response]:
        key = _site_key(site)
        me = stack.call("/api/v1/me", key=key)
        name = f"{me.json['data']['key_id']}#{counter}#{int(time.time()) // 60}"
        site.target.store.database.put(
            site.target.physical_id("CountersTable"), {"workspace_minute": name, "hits": limit - 20}
        )
        method = "GET" if "?" in path else "POST"

        def send(_number: int) -> int:
            return stack.call(
                path, method=method, key=key, headers={"Content-Type": "application/json"}, body=b"{"
            ).status

        with ThreadPoolExecutor(16) as threads:
            return Counter(threads.map(send, range(48))), stack.call("/api/v1/me", key=key)

    statuses, me = within_one_minute(ask)

    assert statuses == {400: 20, 429: 28}
    assert (me.status, me.headers["X-RateLimit-Limit"]) == (200, "60")


def _totals(stack: RunningStack, key: str) -> dict[str, int]:
    answer = stack.call(f"/api/v1/analytics{_JANUARY}", key=key)
    assert (answer.status, answer.json["period"]) == (200, {"start": "2024-01-01", "end": "2024-01-31"})
    totals: dict[str, int] = answer.json["data"]
    return totals
