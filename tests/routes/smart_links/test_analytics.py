"""What analytics answer beside numbers: whose links, which reports, faults of parameters, and a warehouse away."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from pixel.links.models import LinkChanges
from pixel.workspaces.models import checked
from tests.conftest import Output
from tests.links_given import link_store
from tests.local.tinybird.running import StandIn
from tests.pipes.click_rows import click
from tests.pipes.oracle.question import Row
from tests.routes.smart_links.asking import ask, data
from tests.routes.smart_links.clicked_links import ClickedLinks

pytestmark = pytest.mark.usefixtures("output", "no_sleep")

_LATER = ("funnel", "conversions", "leads", "sales")


def _just_now(number: int, **changes: object) -> list[Row]:
    dice, now = Random(3), datetime.now(UTC)
    fixed = {"outcome": "redirected", "is_bot": 0, "link_id": "link_a", **changes}
    return [{**click(dice, f"clk_{place}", now - timedelta(minutes=1)), **fixed} for place in range(number)]


def test_numbers_of_a_deleted_link_stay_and_those_of_others_are_not_found(warehouse: StandIn) -> None:
    links, others = ClickedLinks(warehouse), ClickedLinks(warehouse)
    links.click(_just_now(3))
    link, other = links.links["link_a"], others.links["link_a"]
    link_store().update(links.workspace_id, link["id"], checked(LinkChanges, {"external_id": "mine"}))
    by_own_id = links.answer("/api/analytics/ext_mine")
    link_store().delete(links.workspace_id, link["id"])

    assert links.answer(f"/api/analytics/{link['id']}") == by_own_id
    assert by_own_id["clicks"] == 3
    [listed] = links.answer("/api/analytics/workspace/links")
    assert (listed["dimension"], listed["clicks"], listed["shortUrl"]) == (link["id"], 3, None)
    none = f"link_{'0' * 20}"
    unknown = [links.ask(f"/api/analytics/{name}") for name in (other["id"], none, "ext_none", *_LATER)]
    assert {(reply.status, reply.body["error"]["message"]) for reply in unknown} == {
        (404, "There is no such link in this workspace; check its id.")
    }
    assert others.answer("/api/analytics", {"linkId": link["id"]})["clicks"] == 0


def test_a_link_shows_the_same_numbers_as_its_summary(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    links.click(_just_now(4))
    link = links.links["link_a"]

    shown = data(ask("get_link", path={"linkId": link["id"]}, key=links.key._replace(scopes=("links:read",))))

    names = ("clicks", "uniqueClicks", "lastClickedAt")
    summary = links.answer(f"/api/analytics/{link['id']}")
    assert [shown[name] for name in names] == [summary[name] for name in names]
    assert (shown["clicks"], shown["lastClickedAt"]) == (4, links.rows[0]["timestamp"])


def test_a_report_that_there_is_not_is_no_route(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    link_id = links.links["link_a"]["id"]
    wrong = [f"/api/analytics/workspace/{name}" for name in ("geo", "rules", "summary", "Overview", *_LATER)]
    wrong += [f"/api/analytics/{link_id}/{name}" for name in ("countries", "overview", "links", "usage", *_LATER)]
    for path in wrong:
        reply = links.ask(path)

        assert (path, reply.status, reply.body["error"]["code"]) == (path, 404, "NOT_FOUND")


def test_all_faults_of_a_query_are_named_at_once(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    link = f"/api/analytics/{links.links['link_a']['id']}"
    cases: list[tuple[str, Mapping[str, str | list[str]], dict[str, str]]] = [
        (
            "/api/analytics",
            {"from": "yesterday", "to": ["2026-01-01", "2026-01-02"], "timezone": "Mars", "currency": "EUR"},
            {"from": "invalid", "to": "repeated", "timezone": "invalid", "currency": "unknown"},
        ),
        (
            "/api/analytics",
            {"from": "2026-01-01", "start": "2026-01-01", "end": "2026-01-31", "days": "7"},
            {"start": "invalid", "days": "invalid"},
        ),
        (
            "/api/analytics",
            {"trigger": "scan", "country": "Germany!", "device": "fridge", "includeBots": "yes", "tag": ""},
            dict.fromkeys(("trigger", "country", "device", "includeBots", "tag"), "invalid"),
        ),
        ("/api/analytics", {"granularity": "day", "limit": "5"}, {"granularity": "unknown", "limit": "unknown"}),
        (f"{link}/timeseries", {"granularity": "year"}, {"granularity": "invalid"}),
        (f"{link}/timeseries", {"granularity": "hour", "days": "32"}, {"granularity": "invalid"}),
        (f"{link}/geo", {"limit": "1001", "linkId": "link_b"}, {"limit": "invalid", "linkId": "unknown"}),
        ("/api/analytics/clicks", {"page": "11", "limit": "1000"}, {"page": "invalid"}),
        ("/api/analytics/live", {"days": "2", "city": ""}, {"days": "unknown", "city": "invalid"}),
        ("/api/analytics/workspace/usage", {"days": "2"}, {"days": "unknown"}),
    ]
    for path, query, faults in cases:
        error = links.ask(path, query).body["error"]

        assert error["code"] == "VALIDATION_ERROR"
        assert {fault["path"]: fault["code"] for fault in error["details"]["fields"]} == faults, (path, query)


def test_filters_that_mean_one_thing_find_it_as_events_are_read(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    links.click(_just_now(2, country="DE", domain="go.example", device="mobile", channel="email", os="iOS"))

    asked = {"country": "de", "domain": "GO.example", "device": "Mobile", "channel": "EMAIL", "os": "ios"}
    assert links.answer("/api/analytics", asked)["clicks"] == 2
    assert links.answer("/api/analytics", {**asked, "country": "fr"})["clicks"] == 0


def test_live_shows_minutes_and_the_last_clicks(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    links.click([*_just_now(25, city="Berlin"), *_just_now(1, click_id="clk_bot", is_bot=1)])

    seen = links.answer("/api/analytics/live")

    assert (len(seen["minutes"]), sum(minute["clicks"] for minute in seen["minutes"])) == (30, 25)
    assert all(minute["minute"].endswith(":00.000Z") for minute in seen["minutes"])
    assert (len(seen["recent"]), seen["recent"][0]["linkId"]) == (20, links.links["link_a"]["id"])
    assert not {"visitorHash", "userAgent", "workspaceId"} & seen["recent"][0].keys()
    nowhere = links.answer("/api/analytics/live", {"city": "Paris"})
    assert (sum(minute["clicks"] for minute in nowhere["minutes"]), nowhere["recent"]) == (0, [])


def test_usage_counts_links_and_the_clicks_of_this_month(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    before = {"timestamp": f"{datetime.now(UTC) - timedelta(days=32):%Y-%m-%dT%H:%M:%SZ}", "click_id": "clk_before"}
    month = {"timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "received_at": f"{datetime.now(UTC):%FT%TZ}"}
    links.click([*_just_now(2, **month), *_just_now(1, **before)])

    assert links.answer("/api/analytics/workspace/usage") == {"links": 3, "clicksThisMonth": 2}


def test_a_warehouse_that_is_away_is_said_and_when_to_ask_again(warehouse: StandIn, output: Output) -> None:
    links = ClickedLinks(warehouse)
    warehouse.fault(path="/v0/pipes/*", status=500)

    for path in ("/api/analytics", "/api/analytics/clicks"):
        reply = links.ask(path)

        assert (reply.status, reply.body["error"]["code"]) == (503, "ANALYTICS_ERROR")
        assert reply.headers["Retry-After"] == "5"
    assert output.metric("TinybirdFailures") == 2


def test_keys_need_the_scope(warehouse: StandIn) -> None:
    links = ClickedLinks(warehouse)
    links.key = links.key._replace(scopes=("links:read",))

    error = links.ask("/api/analytics").body["error"]

    assert (error["code"], error["details"]["required"]) == ("FORBIDDEN", "analytics:read")
