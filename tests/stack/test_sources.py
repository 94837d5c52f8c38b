"""The same events through every source are the same rows, once, although each is delivered twice.

`TESTS_SOURCE_EVENTS` sets how many; by default few, because moto takes its time for each message.
"""

import gzip
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import urllib3

from local.aws import clients
from pixel.auth.caller import Scope
from pixel.foundation.clock import now, to_iso
from pixel.workspaces.websites import WEBSITES, NewWebsite
from pixelctl.commands import dead_letter_queue
from pixelctl.commands.dead_letter_queue import DeadLetter, Selection
from pixelctl.events.sources import SOURCES, put_events, put_file
from tests.stack.conftest import Tenant, new_tenant
from tests.stack.running import RunningStack

_EVENTS = int(os.environ.get("TESTS_SOURCE_EVENTS", "24"))
_TABLES = ("pageviews", "custom_goals", "visitor_payments", "identities")
_OF_THE_TENANT = "workspace_id, website_id, received_at"
_ARRIVE_SECONDS = 90.0
_STARTED = to_iso(now())


@pytest.fixture(scope="module", autouse=True)
def no_wait() -> Iterator[None]:
    """Disable long polling, because moto serves no other request while it waits for a message."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dead_letter_queue, "WAIT_SECONDS", 0)
        yield


class _Shop(NamedTuple):
    """A tenant of one test."""

    tenant: Tenant
    website_id: str
    later_id: str  # of a website that is made when its events were refused


def _shop(stack: RunningStack) -> _Shop:
    tenant = new_tenant(stack, rate_limit=5_000)
    return _Shop(tenant, _make_website(tenant), f"admx_{uuid4().hex[:20]}")


def _make_website(tenant: Tenant, website_id: str | None = None) -> str:
    new = NewWebsite(domain=f"{uuid4().hex}.example.com", name="Shop")
    return str(WEBSITES.create(tenant.target.store, tenant.workspace_id, new, record_id=website_id)["id"])


def _events(website_id: str, count: int) -> list[dict[str, Any]]:
    """Return events of every kind with id, visitor and time; one in five has only its required fields."""
    return [
        {
            "website_id": website_id,
            "event_id": f"e-{number}",
            "visitor_id": f"visitor-{number % 7}",
            "timestamp": _STARTED,
            **_of_kind(number),
        }
        for number in range(count)
    ]


def _of_kind(number: int) -> dict[str, Any]:
    match number % 4:
        case 0:
            return {"name": "pageview", "url": f"https://shop.example.com/p{number}?utm_source=news", "title": "Grüße"}
        case 1:
            return {"name": "custom", "goal_name": "signup", "value": number, "currency": "EUR"}
        case 2:
            return {"name": "payment", "amount": 9.99, "currency": "USD", "email": f"p{number}@example.com"}
        case _:
            return {
                "name": "pageview",
                "path": f"/{number}",
                "user_agent": "Googlebot/2.1",
                "properties": {"n": number},
            }


def _by_http(stack: RunningStack, shop: _Shop, events: list[dict[str, Any]]) -> None:
    key = shop.tenant.key(Scope.WRITE)
    for start in range(0, len(events), 500):
        answer = stack.call(
            "/api/v1/pixel/events/batch",
            method="POST",
            key=key,
            headers={"Content-Type": "application/json"},
            body=json.dumps({"events": events[start : start + 500]}).encode(),
        )
        assert answer.status == 202, answer.body


def _rows(stack: RunningStack, shop: _Shop) -> dict[str, list[dict[str, Any]]]:
    """Return the rows without what differs by workspace, and without exact duplicates."""
    found = {}
    for table in _TABLES:
        query = f"SELECT DISTINCT * EXCEPT ({_OF_THE_TENANT}) FROM {table} WHERE workspace_id = '{{}}' ORDER BY ALL"
        answer = urllib3.request(
            "GET",
            f"{stack.state['tinybird_url']}/_sql",
            fields={"q": query.format(shop.tenant.workspace_id)},
            headers={"Authorization": f"Bearer {stack.state['tinybird']['admin_token']}"},
        )
        found[table] = answer.json()["data"]
    return found


def _count(rows: dict[str, list[dict[str, Any]]]) -> int:
    return sum(len(of_table) for of_table in rows.values())


def _wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _ARRIVE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _letters(shop: _Shop) -> list[DeadLetter]:
    """Return the dead letters of this shop, not those of other tests."""
    return [
        letter
        for letter in dead_letter_queue.find(shop.tenant.target, Selection())
        if shop.website_id in letter.original or shop.later_id in letter.original
    ]


class _Arrived(NamedTuple):
    """What came of the events of one source, sent twice with two bad ones among them."""

    shop: _Shop
    rows: dict[str, list[dict[str, Any]]]
    reasons: set[str]


class _Imported(NamedTuple):
    """What came of a file that was put twice."""

    shop: _Shop
    file: Path
    rows: dict[str, list[dict[str, Any]]]
    summaries: list[dict[str, Any]]
    reject_codes: list[str]


@pytest.fixture(scope="module")
def expected(stack: RunningStack) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the same events when they are sent as requests."""
    shop = _shop(stack)
    _by_http(stack, shop, _events(shop.website_id, _EVENTS))
    rows = _rows(stack, shop)
    assert _count(rows) == _EVENTS
    return rows


def _early(shop: _Shop) -> str:
    """Return an event of a website that is created only later."""
    return json.dumps({**_events(shop.later_id, 1)[0], "event_id": "early"})


@pytest.fixture(scope="module")
def arrived(stack: RunningStack, no_wait: None) -> dict[str, _Arrived]:
    """Send events through all sources at the same time, because they mostly wait, and return the result by source."""
    shops = {source: _shop(stack) for source in SOURCES}
    for source, shop in shops.items():
        bad = json.dumps({"website_id": shop.website_id, "name": "payment", "event_id": "bad", "amount": -1})
        lines = [*(json.dumps(event) for event in _events(shop.website_id, _EVENTS)), bad, _early(shop)]
        for _ in range(2):
            put_events(shop.tenant.target, source, lines)
    for shop in shops.values():
        _wait_for(lambda: _count(_rows(stack, shop)) >= _EVENTS and len(_letters(shop)) >= 4)  # noqa: B023 - at once
    return {
        source: _Arrived(shop, _rows(stack, shop), {letter.reason for letter in _letters(shop)})
        for source, shop in shops.items()
    }


@pytest.fixture(scope="module")
def imported(stack: RunningStack, arrived: object, tmp_path_factory: pytest.TempPathFactory) -> _Imported:
    shop = _shop(stack)
    lines = [json.dumps(event) for event in _events(shop.website_id, _EVENTS)]
    file = tmp_path_factory.mktemp("sources") / f"{shop.website_id}.ndjson.gz"
    file.write_bytes(gzip.compress("\n".join([*lines, '{"broken', _early(shop)]).encode()))
    for time_put in range(2):
        put_file(shop.tenant.target, file, f"incoming/{file.name}")
        _wait_for(lambda: len(_summaries(stack, file.name)) > time_put)  # noqa: B023 - called at once
    summaries = _summaries(stack, file.name)
    codes = [reject["error"]["code"] for reject in _rejects(stack, summaries[0]["rejects"])]
    return _Imported(shop, file, _rows(stack, shop), summaries, codes)


@pytest.fixture(scope="module")
def counted_later(stack: RunningStack, arrived: dict[str, _Arrived], imported: _Imported) -> dict[str, int]:
    """Replay what came too early, and return the number of rows for each source and for the file."""
    shops = {source: found.shop for source, found in arrived.items()}
    for shop in (*shops.values(), imported.shop):
        _make_website(shop.tenant, shop.later_id)
    time.sleep(5.5)  # so long the functions remember that there is none
    put_file(imported.shop.tenant.target, imported.file, f"incoming/{imported.file.name}")
    for shop in shops.values():
        for letter in _letters(shop):
            dead_letter_queue.replay(shop.tenant.target, Selection(message_id=letter.message_id))
    shops["file"] = imported.shop
    for shop in shops.values():
        _wait_for(lambda: _count(_rows(stack, shop)) > _EVENTS)  # noqa: B023 - called at once
    return {source: _count(_rows(stack, shop)) for source, shop in shops.items()}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_makes_the_rows_that_requests_make(
    expected: dict[str, list[dict[str, Any]]], arrived: dict[str, _Arrived], source: str
) -> None:
    assert arrived[source].rows == expected
    assert arrived[source].reasons == {"invalid_body", "website_not_found"}


@pytest.mark.timeout(400)
def test_a_file_makes_the_rows_that_requests_make(
    expected: dict[str, list[dict[str, Any]]], imported: _Imported
) -> None:
    first, second = imported.summaries

    assert imported.rows == expected
    assert (first["accepted"] + first["queued"], first["duplicate"], first["rejected"]) == (_EVENTS, 0, 2)
    assert (second["accepted"] + second["queued"], second["duplicate"], second["rejected"]) == (0, _EVENTS, 2)
    assert imported.reject_codes == ["invalid_body", "website_not_found"]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("source", [*SOURCES, "file"])
def test_what_came_before_its_website_counts_when_it_comes_again(counted_later: dict[str, int], source: str) -> None:
    assert counted_later[source] == _EVENTS + 1


def _s3(stack: RunningStack) -> Any:
    return clients.client("s3", stack.state["aws_endpoint_url"])


def _objects(stack: RunningStack, keys: Iterable[str]) -> list[str]:
    bucket = stack.state["resources"]["FilesBucket"]
    return [_s3(stack).get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]


def _summaries(stack: RunningStack, name: str) -> list[dict[str, Any]]:
    """Return the summaries in the order in which the imports ended."""
    bucket = stack.state["resources"]["FilesBucket"]
    listed = _s3(stack).list_objects_v2(Bucket=bucket, Prefix=f"summaries/{name}/").get("Contents", [])
    keys = [entry["Key"] for entry in sorted(listed, key=lambda entry: entry["LastModified"])]
    return [json.loads(text) for text in _objects(stack, keys)]


def _rejects(stack: RunningStack, keys: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for text in _objects(stack, keys) for line in text.splitlines()]


@pytest.mark.timeout(240)
def test_a_deleted_website_s_events_are_nobody_s(stack: RunningStack) -> None:
    shop = _shop(stack)
    WEBSITES.delete(shop.tenant.target.store, shop.tenant.workspace_id, shop.website_id)

    put_events(shop.tenant.target, "queue", [json.dumps(event) for event in _events(shop.website_id, 3)])
    _wait_for(lambda: len(_letters(shop)) == 3)

    assert {letter.reason for letter in _letters(shop)} == {"website_not_found"}
    assert _count(_rows(stack, shop)) == 0
