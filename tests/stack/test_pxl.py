"""Pxl over HTTP: what its programs send and get, the redirect that follows, and a limit that is exact under threads."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from pixel.faces.pxl import ShortScope
from pixel.workspaces.key_models import NewKey
from pixel.workspaces.provisioning import issue_key
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.kept_rows import wait_for
from tests.stack.running import Response, RunningStack

_BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-latency")


def _token(tenant: Tenant) -> str:
    new = NewKey(name="links", scopes=tuple(ShortScope))
    key, _ = issue_key(tenant.target.store, lambda: tenant.target.usage_plans, tenant.workspace_id, new)
    return key


@pytest.fixture
def tenant(stack: RunningStack) -> Tenant:
    return new_tenant(stack)


def test_a_program_works_with_another_address_and_another_token(stack: RunningStack, tenant: Tenant) -> None:
    token = _token(tenant)
    body = b"destination=https%3A%2F%2Fexample.com%2Fpage&title=Page"

    made = stack.call("/api/v1/short", method="POST", key=token, headers=_FORM, body=body)
    head = stack.call("/api/v1/short", method="HEAD", key=token)

    short = made.json["data"]
    assert (made.status, short["title"], short["clicks"]) == (201, "Page", 0)
    assert f"http://{short['id']}" == f"{stack.state['links_url']}/{short['route']}"
    assert (head.status, head.body) == (200, b"")
    assert [name in head.headers for name in _HEADERS] == [True] * 4
    assert (head.headers["x-ratelimit-limit"], head.headers["x-ratelimit-remaining"]) == ("500", "498")

    assert stack.call(f"/{short['route']}", headers=_BROWSER).headers["Location"] == "https://example.com/page"
    wait_for(lambda: _insight(stack, token, short["id"])["total"] == 1)
    assert _insight(stack, token, short["id"])["recent"] == 1
    for written in (short["id"], quote(short["id"], safe=""), quote(f"http://{short['id']}", safe="")):
        assert stack.call(f"/api/v1/short/{written}", key=token).json["data"]["clicks"] == 1

    changed = stack.call(
        f"/api/v1/short/{short['route']}",
        method="PUT",
        key=token,
        headers={"Content-Type": "application/json"},
        body=json.dumps({"destination": "https://example.com/other"}).encode(),
    )
    assert (changed.status, changed.json["data"]["destination"]) == (200, "https://example.com/other")
    assert stack.call(f"/api/v1/short/{short['route']}", method="DELETE", key=token).json["data"]["deleted"] is True
    assert stack.call("/api/v1/short", key=token).json["meta"]["total"] == 0


def test_a_bad_token_is_refused(stack: RunningStack, tenant: Tenant) -> None:
    others = [stack.call("/api/v1/short", key=key) for key in (None, "pixel_live_nobody", tenant.key())]

    assert [one.status for one in others] == [401, 401, 403]
    assert [one.code for one in others] == ["missing_authorization", "invalid_api_key", "insufficient_scope"]
    assert stack.call("/api/v1/pixel/websites", key=_token(tenant)).code == "insufficient_scope"


def test_the_limit_of_a_day_is_exact_under_sixteen_threads(stack: RunningStack, tenant: Tenant) -> None:
    """All but the last twenty requests of the day are entered as sent; then 48 are sent at once."""
    token = _token(tenant)
    me = stack.call("/api/v1/me", key=token)
    name = f"{me.json['data']['key_id']}#day#{int(time.time()) // 86_400}"
    counters = tenant.target.physical_id("CountersTable")
    tenant.target.store.database.put(counters, {"workspace_minute": name, "hits": 480})

    def send(_number: int) -> Response:
        return stack.call("/api/v1/short?take=0", key=token)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(send, range(48)))

    assert Counter(answer.status for answer in answers) == {400: 20, 429: 28}
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json["error"]["details"] == {"limit": 500, "window": "1 day"}
    assert refused.headers["Retry-After"]
    assert stack.call("/api/v1/me", key=token).status == 200


def _insight(stack: RunningStack, token: str, short_id: str) -> dict[str, int]:
    data: dict[str, int] = stack.call(f"/api/v1/insight?link={quote(short_id, safe='')}", key=token).json["data"]
    return data
