"""Short links share the port of the API: by path, and by every name that is not this machine's."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from pixel.links.models import NewLink
from pixel.workspaces.models import checked
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.kept_rows import wait_for
from tests.stack.running import RunningStack

_BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
}


@pytest.fixture
def tenant(stack: RunningStack) -> Tenant:
    return new_tenant(stack)


@pytest.fixture
def code(tenant: Tenant) -> str:
    given = {"destination_url": "https://example.com/page", "short_code": f"test-{uuid4().hex[:8]}"}
    return str(tenant.target.links.create(tenant.workspace_id, checked(NewLink, given))["code"])


def test_a_new_link_works_in_the_next_request(stack: RunningStack, code: str) -> None:
    before = stack.call(f"/{code}x", headers=_BROWSER)
    answer = stack.call(f"/{code.upper()}?a=b", headers=_BROWSER)

    assert (before.status, before.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (answer.status, answer.headers["Location"]) == (302, "https://example.com/page?a=b")
    assert answer.body == b""


def test_the_api_keeps_its_paths_and_a_link_domain_has_none_of_them(stack: RunningStack, code: str) -> None:
    own = {
        path: stack.call(path, headers=_BROWSER)
        for path in ("/api/v1/nothing", "/share/nothing/at/all", "/docs/nothing")
    }
    elsewhere = {"Host": "go.example.com", **_BROWSER}

    assert [json.loads(response.body)["error"]["code"] for response in own.values()] == ["not_found"] * 3
    assert stack.call(f"/{code}", headers=elsewhere).status == 302
    for path in ("/api/v1/nothing", "/docs", "/"):
        response = stack.call(path, headers=elsewhere)
        assert (response.status, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_visits_of_a_link_are_counted_by_the_warehouse(stack: RunningStack, tenant: Tenant, code: str) -> None:
    for headers in (_BROWSER, _BROWSER, {"User-Agent": "curl/8.0"}):
        stack.call(f"/{code}?utm_source=mail", headers=headers)

    def totals() -> dict[str, Any]:
        window = {"date_from": "2020-01-01 00:00:00", "date_to": "2100-01-01 00:00:00"}
        answer = urllib3.request(
            "GET",
            f"{stack.state['tinybird_url']}/v0/pipes/l_top.json",
            fields={"workspace_id": tenant.workspace_id, "dimension": "utm_source", **window},
            headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
        )
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows[0] if rows else {}

    wait_for(lambda: int(totals().get("clicks", 0)) == 2)
    assert (totals()["value"], int(totals()["unique"])) == ("mail", 1)


def test_head_and_the_page_of_a_link(stack: RunningStack, code: str) -> None:
    head, page = stack.call(f"/{code}", method="HEAD"), stack.call(f"/{code}+", headers=_BROWSER)

    assert (head.status, head.headers["Location"]) == (302, "https://example.com/page")
    assert page.status == 200
    assert b"https://<b>example.com</b>/page" in page.body


def test_what_no_function_answers_is_a_page(stack: RunningStack, code: str) -> None:
    replies = [stack.call(f"/{code}", method=method, headers=_BROWSER) for method in ("DELETE", "PUT", "PATCH")]

    assert {(reply.status, reply.headers["Content-Type"]) for reply in replies} == {(404, "text/html; charset=utf-8")}
    assert all(b"<h1>There is no such link</h1>" in reply.body for reply in replies)


def test_the_domain_has_files(stack: RunningStack) -> None:
    robots, apple = stack.call("/robots.txt"), stack.call("/.well-known/apple-app-site-association")

    assert (robots.status, robots.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert (apple.status, apple.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_limit_of_a_hundred_lets_a_hundred_through_64_clients(stack: RunningStack, tenant: Tenant) -> None:
    """A click of which a function does not know whether it was counted is used up, and answered 503."""
    given = {"destination_url": "https://example.com/page", "clicks_limit": 100}
    code = tenant.target.links.create(tenant.workspace_id, checked(NewLink, given))["code"]

    def follow(_: int) -> list[int]:
        return [stack.call(f"/{code}", headers=_BROWSER).status for _ in range(2)]

    with ThreadPoolExecutor(64) as clients:
        statuses = Counter(status for found in clients.map(follow, range(64)) for status in found)

    assert statuses.total() == statuses[302] + statuses[410] + statuses[503] == 128
    assert statuses[302] <= 100 <= statuses[302] + statuses[503]
