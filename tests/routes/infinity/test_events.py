"""Events and purchases of Infinity Metrics are events of the core: the same rows, ids, claims, queue and replay."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from functions.events.ingest_event.handler import handler as ingest_event
from functions.sources.drain_spill.handler import handler as drain
from pixel.auth.caller import Caller
from pixel.foundation import container
from pixel.tinybird.credentials import INGEST_TOKEN
from tests.conftest import put_secret
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.gateway import Reply, send
from tests.routes.infinity.site import get_analytics, post_event, post_purchase, site_key
from tests.routes.sent_events import SITE, goal, payment, sending, stored
from tests.routes.sources.deliveries import Context

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")


@pytest.fixture
def key(tables: "DynamoDBServiceResource", request: pytest.FixtureRequest) -> Caller:
    return site_key(tables, f"ws_{abs(hash(request.node.nodeid))}")


@pytest.fixture
def tinybird_down(warehouse: StandIn) -> Iterator[None]:
    """Let Tinybird answer 503 until the test ends or deletes its faults."""
    warehouse.fault(path="/v0/*", status=503)
    yield
    warehouse.call("DELETE", "/_faults", token=None)


def _by_core(key: Caller, body: dict[str, Any]) -> tuple[int, Any]:
    sender = key._replace(scopes=("pixel:write",), website_ids=None)
    reply = send(ingest_event, sending("ingest_event", sender, body))
    return reply.status, reply.body.get("data") or reply.body["error"]["code"]


def test_a_page_view_with_a_page_is_a_pageview(key: Caller, warehouse: StandIn) -> None:
    url = f"https://www.example.com/pricing?utm_source=news&q={'x' * 1500}"
    page = {"url": url, "referrer": "https://www.google.com/", "title": "Pricing", "language": "de-DE"}

    replies = [
        post_event(key, {"event_name": " page_view ", "event_id": "p-1", "metadata": {**page, "plan": "pro"}}),
        post_event(key, {"event_name": "pageview", "event_id": "p-2", "metadata": {"path": "/docs", "url": None}}),
    ]

    assert [(one.status, one.body["event_id"]) for one in replies] == [(200, "p-1"), (200, "p-2")]
    first, second = stored(warehouse, key.workspace_id)
    assert (first["path"], first["utm_source"], first["channel"]) == ("/pricing", "news", "organic_search")
    assert (first["title"], first["language"], json.loads(first["properties"])) == ("Pricing", "de-DE", {"plan": "pro"})
    assert (second["path"], second["properties"]) == ("/docs", "{}")


def test_a_page_view_without_a_page_is_a_goal_of_that_name(key: Caller, warehouse: StandIn) -> None:
    for number, metadata in enumerate((None, {}, {"title": "Home"}, {"url": "", "path": None})):
        assert (
            post_event(key, {"event_name": "page_view", "metadata": metadata, "event_id": f"g-{number}"}).status == 200
        )
    assert post_event(key, {"event_name": "Page_View", "metadata": {"path": "/"}, "event_id": "g-4"}).status == 200

    assert stored(warehouse, key.workspace_id) == []
    rows = stored(warehouse, key.workspace_id, "custom_goals")
    assert [row["goal_name"] for row in rows] == [*["page_view"] * 4, "Page_View"]
    assert json.loads(rows[3]["properties"]) == {"url": "", "path": None}


def test_a_moment_without_a_time_zone_is_in_utc(key: Caller, warehouse: StandIn) -> None:
    for number, moment in enumerate(("2026-02-03T04:05:06", "2026-02-03T04:05:06.5+02:00", "2026-02-03t04:05z")):
        assert post_event(key, {"event_name": "x", "event_id": str(number), "timestamp": moment}).status == 200

    times = [row["timestamp"] for row in stored(warehouse, key.workspace_id, "custom_goals")]
    assert times == ["2026-02-03 04:05:06.000", "2026-02-03 02:05:06.500", "2026-02-03 04:05:00.000"]


def test_a_purchase_is_a_payment_of_the_whole_price(key: Caller, warehouse: StandIn) -> None:
    bought: tuple[tuple[dict[str, Any], tuple[str, str, int, int]], ...] = (
        ({"price": 2999, "quantity": 3}, ("89.97", "USD", 3, 0)),
        ({"price": 2999.0, "currency": None, "quantity": None}, ("29.99", "USD", 1, 0)),
        ({"price": 1500, "currency": "jpy", "quantity": 2}, ("3000", "JPY", 2, 0)),
        ({"price": 1234, "currency": "KWD", "refund": True}, ("1.234", "KWD", 1, 1)),
        ({"price": 1, "currency": "CLF"}, ("0.0001", "CLF", 1, 0)),
        ({"price": 9_999_999_999_999, "currency": "UYW"}, ("999999999.9999", "UYW", 1, 0)),
    )

    for number, (purchase, _) in enumerate(bought):
        assert post_purchase(key, {**purchase, "event_id": f"b-{number}"}).status == 200

    rows = stored(warehouse, key.workspace_id, "visitor_payments")
    kept = [(str(row["amount"]), row["currency"], row["quantity"], row["refund"]) for row in rows]
    assert kept == [expected for _, expected in bought]


def test_the_same_id_counts_once_through_the_core_and_the_face(key: Caller, warehouse: StandIn) -> None:
    event = {"event_name": "signup", "event_id": "e-1", "visitor_id": "v-1", "metadata": {"plan": "pro"}}
    same = goal(event_id="e-1", visitor_id="v-1", properties={"plan": "pro"})
    purchase = {"price": 2999, "currency": "EUR", "event_id": "p-1", "transaction_id": "t-1"}
    same_payment = payment(amount=29.99, currency="EUR", event_id="p-1", transaction_id="t-1")

    assert post_event(key, event).body["status"] == "accepted"
    assert _by_core(key, same)[1]["status"] == "duplicate"
    assert _by_core(key, same_payment)[1]["status"] == "accepted"
    again = post_purchase(key, purchase)
    by_transaction = post_purchase(key, {**purchase, "event_id": "p-2"})

    assert (again.status, again.body["status"], again.body["event_id"]) == (200, "duplicate", "p-1")
    assert by_transaction.body["status"] == "duplicate"
    assert post_event(key, event).body == {
        "success": True,
        "event_id": "e-1",
        "visitor_id": "v-1",
        "status": "duplicate",
    }
    assert len(stored(warehouse, key.workspace_id, "custom_goals")) == 1
    assert len(stored(warehouse, key.workspace_id, "visitor_payments")) == 1


def test_other_contents_under_a_used_id_are_refused_by_either_way(key: Caller) -> None:
    conflict = {
        "error": {
            "code": "CONFLICT",
            "message": "This id was used before with other contents; send those contents, or use a new id.",
        }
    }
    post_event(key, {"event_name": "signup"}, Idempotency_Key="e-2")

    reply = post_event(key, {"event_name": "signup", "metadata": {"plan": "pro"}}, Idempotency_Key="e-2")

    assert (reply.status, reply.body) == (409, conflict)
    assert _by_core(key, goal(event_id="e-2", properties={"plan": "pro"})) == (409, "idempotency_conflict")
    assert post_purchase(key, {"price": 1, "event_id": "e-2"}).status == 409


def test_a_warm_event_and_a_warm_read_call_what_those_of_the_core_call(key: Caller, sent: list[str]) -> None:
    for _ in range(2):
        sent.clear()
        post_event(key, {"event_name": "signup"})
        get_analytics(key)

    assert sent == ["UpdateItem", "POST /v0/events", "UpdateItem", "GetItem", "GET /v0/pipes/f_site_totals.json"]


def test_the_same_event_sent_at_once_counts_once(key: Caller) -> None:
    event = {"event_name": "signup", "event_id": "e-3", "metadata": {"plan": "pro"}}

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: post_event(key, event), range(8)))

    assert {reply.status for reply in replies} == {200}
    assert {reply.body["event_id"] for reply in replies} == {"e-3"}
    assert len({reply.body["visitor_id"] for reply in replies}) == 1
    assert get_analytics(key, metrics="events").body["data"] == {"events": 1}


def test_what_tinybird_cannot_take_is_queued_and_stored_later(
    key: Caller, warehouse: StandIn, tinybird_down: None
) -> None:
    event = {"event_name": "signup", "event_id": "e-4"}

    queued, again = post_event(key, event), post_event(key, event)
    warehouse.call("DELETE", "/_faults", token=None)
    container.forget_all()  # the queue has a function of its own
    queues = Queues()
    delivered = queues.event()
    assert queues.settle(delivered, drain(delivered, Context())) == []

    assert [(one.status, one.body["status"]) for one in (queued, again)] == [(200, "queued"), (200, "duplicate")]
    assert [row["event_id"] for row in stored(warehouse, key.workspace_id, "custom_goals")] == ["e-4"]
    assert get_analytics(key, metrics="events").body["data"] == {"events": 1}


def _assert_unavailable(reply: Reply, message: str) -> None:
    assert (reply.status, reply.body) == (503, {"error": {"code": "SERVICE_UNAVAILABLE", "message": message}})
    assert reply.headers["Retry-After"] == "5"
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} <= reply.headers.keys()


_NOT_RESPONDING = (
    "The warehouse is not responding as expected; try again in a minute, and quote the request id if it persists."
)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_tinybird_refuses_for_good_is_503(key: Caller, warehouse: StandIn, status: int) -> None:
    warehouse.fault(path="/v0/events", status=status)

    reply = post_event(key, {"event_name": "signup", "event_id": "e-5"})
    warehouse.call("DELETE", "/_faults", token=None)

    _assert_unavailable(reply, _NOT_RESPONDING)
    assert post_event(key, {"event_name": "signup", "event_id": "e-5"}).body["status"] == "accepted"


@pytest.mark.parametrize("status", [400, 403, 404, 429, 503, "reset"])
def test_a_read_that_tinybird_refuses_or_does_not_answer_is_503(
    key: Caller, warehouse: StandIn, status: int | str
) -> None:
    """That includes what a pipe rejects: all that a caller chose was checked before."""
    warehouse.fault(path="/v0/pipes/*", status=status)

    _assert_unavailable(get_analytics(key), _NOT_RESPONDING)


def test_a_server_without_an_ingest_token_is_503(key: Caller) -> None:
    put_secret(INGEST_TOKEN, "p.eyJ1IjogIm90aGVyIn0.x")
    container.forget_environment()

    _assert_unavailable(
        post_event(key, {"event_name": "signup"}),
        "This server is not configured to receive events; ask its operator to store the ingest token.",
    )


def test_a_website_of_another_workspace_is_out_of_reach(
    key: Caller, tables: "DynamoDBServiceResource", warehouse: StandIn
) -> None:
    """Both have a website of the same id; each key reads and writes what its own workspace has."""
    other = site_key(tables, f"{key.workspace_id}_other")
    post_event(key, {"event_name": "pageview", "metadata": {"path": "/"}})
    post_event(other, {"event_name": "signup"})

    assert get_analytics(key).body["data"] == {"page_views": 1, "unique_visitors": 1, "events": 0}
    assert get_analytics(other).body["data"] == {"page_views": 0, "unique_visitors": 0, "events": 1}
    assert {row["website_id"] for row in stored(warehouse, key.workspace_id)} == {SITE}
