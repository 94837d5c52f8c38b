"""A key in, numbers out: every pipe by token and by query, for two workspaces whose visitors have the same ids."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
import urllib3

from local.demo.traffic.rows import ENGAGEMENTS, Row, Values
from local.demo.traffic.sending import bodies
from local.demo.traffic.sites import Site
from local.demo.traffic.visits import generate
from pixel.auth.caller import Scope
from pixel.aws import tables
from pixel.aws.tables import WriteRefusedError
from pixel.tinybird.catalogue import catalogue
from pixel.workspaces.website_kind import WEBSITE
from tests.pipes.oracle.engagement import engagement
from tests.pipes.oracle.question import Question
from tests.stack.conftest import new_tenant
from tests.stack.running import Response, RunningStack
from tests.thorough import some_of

_END = datetime(2026, 3, 31, tzinfo=UTC)
_WINDOW = {"from": "2026-03-01", "to": "2026-03-30", "timezone": "Europe/Berlin"}
_PRESENT = {"p_realtime_visitors", "p_pixel_healthcheck"}
_STEPS = {"steps": "/,/pricing"}
_OWN = {"p_funnel": _STEPS, "p_funnel_v2": _STEPS, "p_properties": {"property_key": "method"}}


class Owner(NamedTuple):
    """A workspace with two websites and a key."""

    workspace_id: str
    key: str
    websites: tuple[str, str]
    visitor_ids: tuple[str, ...]
    engagements: list[Values]


@pytest.fixture(scope="module")
def owners(stack: RunningStack) -> tuple[Owner, Owner]:
    return _owner(stack, "one"), _owner(stack, "three")


def _owner(stack: RunningStack, name: str) -> Owner:
    tenant = new_tenant(stack, rate_limit=20_000)
    websites = (f"admx_{name}_a", f"admx_{name}_b")
    visitors: dict[str, None] = {}
    engagements: list[Values] = []
    for website_id in websites:
        item = {
            **WEBSITE.key(tenant.workspace_id, website_id),
            "id": website_id,
            "domain": f"{name}.example.com",
            "created_at": "2026-01-01T00:00:00Z",
        }
        tenant.target.store.database.put(tenant.target.store.workspace_table, item)
        # Other traffic in each workspace, of visitors and events with the same ids.
        site = Site("ws_anybody", "admx_any", f"{name}.example.com")
        traffic = list(generate(site, seed=len(name + website_id), end=_END, days=30, pageviews=200 + 50 * len(name)))
        numbers: dict[object, int] = {}
        rows = []
        for place, (datasource, values) in enumerate(traffic):
            number = numbers.setdefault(values["visitor_id"], len(numbers))
            ids: Values = {"event_id": f"event-{place}", "visitor_id": f"visitor-{number}"}
            of_owner: Values = {"workspace_id": tenant.workspace_id, "website_id": website_id, **ids}
            rows.append(Row(datasource, {**values, **of_owner}))
        visitors |= dict.fromkeys(str(row.values["visitor_id"]) for row in rows if row.values.get("is_bot") == 0)
        engagements += [row.values for row in rows if row.datasource == ENGAGEMENTS]
        for body in bodies(rows):
            stack.append(body.datasource, body.gzipped)
    return Owner(tenant.workspace_id, tenant.key(Scope.READ), websites, tuple(visitors), engagements)


def _get(stack: RunningStack, owner: Owner, path: str, **query: str) -> Response:
    return stack.call(f"/api/v1/pixel/{path}?{urlencode(query)}", key=owner.key)


def _ask_tinybird(minted: Any, **query: str) -> urllib3.BaseHTTPResponse:
    address = f"{minted['url']}?{urlencode(query)}" if query else minted["url"]
    return urllib3.request("GET", address, headers={"Authorization": f"Bearer {minted['token']}"}, retries=False)


def _own(pipe: str, owner: Owner) -> dict[str, str]:
    own = dict(_OWN.get(pipe, {}))
    if "visitor_id" in catalogue()[pipe].parameters:
        own["visitor_id"] = owner.visitor_ids[0]
    return own


def _rows(text: bytes) -> Any:
    return json.loads(text)["data"]


@pytest.mark.parametrize("pipe", some_of(catalogue(), 5))
def test_a_token_and_a_query_give_the_same_rows(stack: RunningStack, owners: tuple[Owner, Owner], pipe: str) -> None:
    owner = owners[0]
    asked = {"website_id": owner.websites[0], **_WINDOW}

    minted = _get(stack, owner, f"metrics/{pipe}", **asked).json["data"]
    by_token = _ask_tinybird(minted, **_own(pipe, owner))
    by_query = _get(stack, owner, f"query/{pipe}", **asked, **_own(pipe, owner))

    assert (by_token.status, by_query.status) == (200, 200)
    answer = by_query.json["data"]
    assert answer["data_status"] == "ok"
    assert answer["meta"] == by_token.json()["meta"]
    assert answer["rows"] == len(answer["data"])
    assert answer["data"] == _rows(by_token.data)
    assert answer["data"] or pipe == "p_llm_traffic"


def test_time_on_page_and_depth_are_the_oracle_s(stack: RunningStack, owners: tuple[Owner, Owner]) -> None:
    in_utc = {"date_from": "2026-02-28 23:00:00", "date_to": "2026-03-30 22:00:00"}  # of the window in Berlin
    for owner in owners:
        for asked in ({}, {"website_id": owner.websites[1], "device": "mobile"}, {"include_bots": "1", "limit": "5"}):
            question = {"workspace_id": owner.workspace_id, **in_utc, **asked}
            expected = engagement(Question({ENGAGEMENTS: owner.engagements}, question, datetime.now(UTC)))

            rows = _get(stack, owner, "query/p_engagement", **_WINDOW, **asked).json["data"]["data"]

            assert rows == [
                {name: pytest.approx(value) if isinstance(value, float) else value for name, value in row.items()}
                for row in expected
            ]
            assert len(rows) >= 5


@pytest.mark.parametrize("pipe", some_of(catalogue(), 4))
def test_the_other_s_ids_open_nothing(stack: RunningStack, owners: tuple[Owner, Owner], pipe: str) -> None:
    """Foreign websites and workspaces, in the address of the API and in that of a token."""
    mine, other = owners
    own = _own(pipe, mine)

    for route, given in (("metrics", {}), ("query", own)):
        missing = _get(stack, mine, f"{route}/{pipe}", website_id="admx_nobody", **given)
        foreign = _get(stack, mine, f"{route}/{pipe}", website_id=other.websites[0], **given)
        assert (foreign.status, foreign.code) == (404, "website_not_found")
        assert _without_request_id(foreign) == _without_request_id(missing)
    theirs = _get(stack, other, f"query/{pipe}", **_WINDOW, **own).json["data"]["data"]
    everything_of_mine = _get(stack, mine, f"query/{pipe}", **_WINDOW, **own).json["data"]["data"]
    assert everything_of_mine != theirs or pipe in _PRESENT, "nothing could be seen here"
    minted = _get(stack, mine, f"metrics/{pipe}", **_WINDOW).json["data"]
    for moved in _moves(other):
        answer = _ask_tinybird(minted, **own, **moved)
        if answer.status == 400:
            assert (pipe, "date_from" in moved) == ("p_realtime_visitors", True)
        elif moved.keys() == {"website_id"}:
            assert _is_empty(pipe, _rows(answer.data)), moved
        else:
            assert _rows(answer.data) == everything_of_mine, moved


def _moves(other: Owner) -> Iterator[dict[str, str]]:
    window = {"date_from": "2020-01-01 00:00:00", "date_to": "2030-01-01 00:00:00", "timezone": "Asia/Tokyo"}
    yield {"workspace_id": other.workspace_id, **window}
    yield {"workspace_id": f"{other.workspace_id}' OR 1=1 --"}
    yield {"website_id": other.websites[0]}


def _is_empty(pipe: str, rows: list[dict[str, Any]]) -> bool:
    """Return whether there are no rows, or only rows that say that nothing happened."""
    numbers = {
        name
        for row in rows
        for name, value in row.items()
        if isinstance(value, int | float) and name != "step" and value
    }
    return not numbers


def _without_request_id(response: Response) -> bytes:
    return response.body.partition(b'"meta"')[0]


def test_a_visitor_of_both_workspaces_is_two_people(stack: RunningStack, owners: tuple[Owner, Owner]) -> None:
    mine, other = owners
    shared = sorted(set(mine.visitor_ids) & set(other.visitor_ids))
    assert shared

    for visitor_id in shared[:3]:
        minted = _get(stack, mine, f"visitors/{visitor_id}").json["data"]
        (profile,) = _ask_tinybird(minted).json()["data"]
        (namesake,) = _ask_tinybird(_get(stack, other, f"visitors/{visitor_id}").json["data"]).json()["data"]
        assert profile != namesake
        for moved in ({"visitor_id": shared[-1]}, {"workspace_id": other.workspace_id}):
            assert _ask_tinybird(minted, **moved).json()["data"] == [profile]
        events = _get(stack, mine, "query/p_visitor_timeline", visitor_id=visitor_id).json["data"]["data"]
        assert {row["website_id"] for row in events} <= set(mine.websites)


def test_no_key_means_no_token_and_no_rows(stack: RunningStack) -> None:
    for path in ("metrics/p_geo", "query/p_geo", "visitors/v", "pipes", "websites"):
        assert stack.call(f"/api/v1/pixel/{path}").code == "missing_authorization"


def test_an_encoded_slash_stays_within_the_visitor_s_id(stack: RunningStack, owners: tuple[Owner, Owner]) -> None:
    minted = _get(stack, owners[0], "visitors/a%2Fb").json["data"]

    assert _ask_tinybird(minted).json()["data"] == []
    assert _get(stack, owners[0], "visitors/%20").code == "invalid_visitor"
    assert _get(stack, owners[0], "visitors/a/b").code == "not_found"


def test_the_canary_ran_when_the_stack_had_started(stack: RunningStack) -> None:
    assert '"CanaryPasses":[1.0]' in stack.log("canary")


def test_health_shows_a_warehouse_that_is_down_and_one_that_is_back(stack: RunningStack) -> None:
    faults = f"{stack.state['tinybird_url']}/_faults"
    urllib3.request("POST", faults, json={"path": "/v0/*", "status": 503})
    try:
        _forget_health(stack)
        down = _eventually(stack, 503)
    finally:
        urllib3.request("DELETE", faults)

    assert down.json["data"]["checks"] == {"store": "ok", "ingest": "failed", "tokens": "failed"}
    assert _eventually(stack, 200).json["data"]["checks"] == {"store": "ok", "ingest": "ok", "tokens": "ok"}


def _forget_health(stack: RunningStack) -> None:
    """Delete the health result that containers share; each keeps its own copy for ten seconds more."""
    target = stack.target
    key = {"workspace_minute": "health"}
    with suppress(WriteRefusedError):  # it does not exist
        target.database.transact(tables.deletion(target.physical_id("CountersTable"), key, key))


def _eventually(stack: RunningStack, status: int) -> Response:
    deadline = time.monotonic() + 15
    while (response := stack.call("/api/v1/health")).status != status and time.monotonic() < deadline:
        time.sleep(0.3)
    return response
