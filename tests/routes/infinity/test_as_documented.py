"""Every example of Infinity Metrics' own reference is answered as that reference says."""

import json
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.conftest import Frozen
from tests.local.tinybird.running import StandIn
from tests.routes.gateway import send
from tests.routes.infinity.site import HANDLERS, get_analytics, headers_of, post_event, post_purchase, site_key
from tests.routes.sent_events import SITE, sending, stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

_EVENT = """
{
  "event_name": "user_signup",
  "metadata": {
    "plan": "premium",
    "source": "landing_page"
  },
  "visitor_id": "optional_visitor_id",
  "timestamp": "2024-01-15T10:30:00Z"
}
"""
_PURCHASE = """
{
  "price": 2999,
  "currency": "USD",
  "product_name": "Premium Plan",
  "quantity": 1,
  "metadata": {
    "billing": "monthly",
    "category": "subscription"
  },
  "visitor_id": "optional_visitor_id",
  "timestamp": "2024-01-15T10:30:00Z"
}
"""


def test_the_example_of_an_event(tables: "DynamoDBServiceResource", warehouse: StandIn) -> None:
    key = site_key(tables, "ws_documented_event")

    reply = post_event(key, _EVENT)

    assert reply.status == 200
    assert reply.body == {
        "success": True,
        "event_id": reply.body["event_id"],
        "visitor_id": "optional_visitor_id",
        "status": "accepted",
    }
    assert reply.body["event_id"].startswith("evt_")
    [row] = stored(warehouse, key.workspace_id, "custom_goals")
    assert (row["event_id"], row["website_id"]) == (reply.body["event_id"], SITE)
    assert (row["goal_name"], row["visitor_id"]) == ("user_signup", "optional_visitor_id")
    assert row["timestamp"].startswith("2024-01-15 10:30:00")
    assert json.loads(row["properties"]) == {"plan": "premium", "source": "landing_page"}


def test_the_example_of_a_purchase(tables: "DynamoDBServiceResource", warehouse: StandIn) -> None:
    key = site_key(tables, "ws_documented_purchase")

    reply = post_purchase(key, _PURCHASE)

    assert (reply.status, reply.body["success"], reply.body["status"]) == (200, True, "accepted")
    [row] = stored(warehouse, key.workspace_id, "visitor_payments")
    assert (str(row["amount"]), row["currency"], row["quantity"]) == ("29.99", "USD", 1)
    assert (row["product_name"], row["refund"], row["event_id"]) == ("Premium Plan", 0, reply.body["event_id"])
    assert json.loads(row["properties"]) == {"billing": "monthly", "category": "subscription"}


def test_the_example_of_analytics(tables: "DynamoDBServiceResource") -> None:
    key = site_key(tables, "ws_documented_analytics")
    post_event(key, _EVENT)
    post_purchase(key, _PURCHASE)

    reply = get_analytics(
        key, start_date="2024-01-01", end_date="2024-01-31", metrics="page_views,unique_visitors,events"
    )

    assert (reply.status, reply.body) == (
        200,
        {
            "data": {"page_views": 0, "unique_visitors": 0, "events": 2},
            "period": {"start": "2024-01-01", "end": "2024-01-31"},
        },
    )
    assert list(reply.body["data"]) == ["page_views", "unique_visitors", "events"]


def test_the_example_of_an_error(tables: "DynamoDBServiceResource") -> None:
    reply = post_event(site_key(tables, "ws_documented_error"), {"metadata": {}})

    assert reply.status == 400
    assert (reply.body["error"]["code"], reply.body["error"]["message"]) == (
        "INVALID_REQUEST",
        "Event name is required",
    )
    assert reply.body.keys() == {"error"}


@pytest.mark.usefixtures("frozen")
def test_the_headers_of_the_rate_limit_are_on_answers_and_errors(
    tables: "DynamoDBServiceResource", frozen: Frozen
) -> None:
    key = site_key(tables, "ws_documented_headers")
    resets_at = str(int(frozen.seconds) + 50)

    replies = [
        post_event(key, _EVENT),
        post_event(key, "{"),
        post_purchase(key, {}),
        get_analytics(key, metrics="visits"),
    ]

    assert [reply.status for reply in replies] == [200, 400, 400, 400]
    limits = [{name: value for name, value in headers_of(one).items() if name != "X-Request-Id"} for one in replies]
    left = [("1000", "999"), ("1000", "998"), ("1000", "997"), ("100", "99")]
    assert limits == [
        {"X-RateLimit-Limit": limit, "X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": resets_at}
        for limit, remaining in left
    ]


def test_what_is_left_out_is_made(tables: "DynamoDBServiceResource", warehouse: StandIn) -> None:
    key = site_key(tables, "ws_documented_least")

    event, purchase = post_event(key, {"event_name": "  opened  "}), post_purchase(key, {"price": 5})

    for reply, datasource in ((event, "custom_goals"), (purchase, "visitor_payments")):
        assert reply.status == 200
        assert str(UUID(reply.body["visitor_id"])) == reply.body["visitor_id"]
        [row] = stored(warehouse, key.workspace_id, datasource)
        assert (row["visitor_id"], row["properties"]) == (reply.body["visitor_id"], "{}")
    assert stored(warehouse, key.workspace_id, "custom_goals")[0]["goal_name"] == "opened"
    [row] = stored(warehouse, key.workspace_id, "visitor_payments")
    assert (str(row["amount"]), row["currency"], row["quantity"]) == ("0.05", "USD", 1)


def test_a_period_begins_with_the_first_day_there_is(tables: "DynamoDBServiceResource") -> None:
    key = site_key(tables, "ws_documented_first")

    periods = [get_analytics(key, end_date=f"1970-0{month}-05").body["period"] for month in (1, 2)]

    assert periods == [
        {"start": "1970-01-01", "end": "1970-01-05"},
        {"start": "1970-01-07", "end": "1970-02-05"},
    ]


def test_a_packed_body_and_any_usual_declaration_of_json_are_taken(tables: "DynamoDBServiceResource") -> None:
    key = site_key(tables, "ws_documented_packed")
    packed = sending("infinity_event", key, _EVENT, {"Content-Type": "Application/JSON; charset=UTF-8"}, packed=True)

    assert send(HANDLERS["infinity_event"], packed).status == 200
