"""POST /events/batch gives each event a fate of its own, and Tinybird few calls."""

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from functions.events.ingest_batch.handler import handler
from pixel.auth.caller import Caller
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import SITE, goal, pageview, payment, sending, stored, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource", request: pytest.FixtureRequest) -> Caller:
    return workspace(caller, tables, f"ws_{abs(hash(request.node.nodeid))}")


def _send(sender: Caller, *events: object, packed: bool = False) -> Reply:
    return send(handler, sending("ingest_batch", sender, {"events": list(events)}, packed=packed))


def _lines(*events: object) -> str:
    return "\n".join(event if isinstance(event, str) else json.dumps(event) for event in events)


def test_events_go_to_their_datasources_in_one_call_each(sender: Caller, warehouse: StandIn, sent: list[str]) -> None:
    _send(sender, pageview())
    sent.clear()

    reply = _send(sender, pageview(), goal(), payment(), pageview(path="/b"), goal(goal_name="buy"))

    data = reply.body["data"]
    assert reply.status == 202
    assert {name: data[name] for name in ("accepted", "duplicate", "queued", "rejected")} == {
        "accepted": 5,
        "duplicate": 0,
        "queued": 0,
        "rejected": 0,
    }
    assert [result["index"] for result in data["results"]] == [0, 1, 2, 3, 4]
    assert all(result.keys() == {"index", "status", "event_id", "visitor_id"} for result in data["results"])
    assert sent == ["UpdateItem", *["POST /v0/events"] * 3]
    assert [
        len(stored(warehouse, sender.workspace_id, name)) for name in ("pageviews", "custom_goals", "visitor_payments")
    ] == [3, 2, 1]


def test_bad_events_are_told_beside_good_ones(sender: Caller, warehouse: StandIn) -> None:
    reply = _send(
        sender, pageview(), {"name": "x"}, 7, pageview(website_id="admx_none"), goal(goal_name=""), pageview()
    )

    results = reply.body["data"]["results"]
    assert [result["status"] for result in results] == ["accepted", *["rejected"] * 4, "accepted"]
    assert [result["error"]["code"] for result in results[1:5]] == [
        *["invalid_body", "invalid_body", "website_not_found", "invalid_body"],
    ]
    assert results[4]["error"]["details"]["fields"] == [
        {"path": "goal_name", "code": "invalid", "message": "`goal_name` must not be empty."}
    ]
    assert len(stored(warehouse, sender.workspace_id)) == 2


def test_ndjson_is_taken_line_by_line(sender: Caller, warehouse: StandIn) -> None:
    text = _lines(pageview(), "", "{broken", "  ", pageview(path="/b")) + "\r\n"

    reply = send(handler, sending("ingest_batch", sender, text, NDJSON))

    assert [result["status"] for result in reply.body["data"]["results"]] == ["accepted", "rejected", "accepted"]
    assert len(stored(warehouse, sender.workspace_id)) == 2


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson"])
def test_a_packed_batch_is_unpacked(sender: Caller, media_type: str) -> None:
    body: Any = {"events": [pageview()]} if media_type == "application/json" else _lines(pageview())

    reply = send(handler, sending("ingest_batch", sender, body, {"Content-Type": media_type}, packed=True))

    assert reply.body["data"]["accepted"] == 1


def test_what_api_gateway_has_unpacked_is_taken_as_it_is(sender: Caller) -> None:
    reply = send(handler, sending("ingest_batch", sender, _lines(pageview()), {**NDJSON, "Content-Encoding": "gzip"}))

    assert reply.body["data"]["accepted"] == 1


def test_an_identify_is_taken_beside_events(sender: Caller, warehouse: StandIn) -> None:
    named = {"website_id": SITE, "name": "identify", "visitor_id": "v", "external_id": "Jane@example.com"}

    reply = _send(sender, named, pageview(visitor_id="v"), {**named, "external_id": "", "event_id": "e"})

    taken, _, refused = reply.body["data"]["results"]
    assert taken == {"index": 0, "status": "accepted", "visitor_id": "v"}
    assert [fault["path"] for fault in refused["error"]["details"]["fields"]] == ["external_id", "event_id"]
    [row] = stored(warehouse, sender.workspace_id, "identities")
    assert row["external_id_hash"] == sha256(b"jane@example.com").hexdigest()


def test_repeats_within_a_batch_and_across_batches_count_once(sender: Caller, warehouse: StandIn) -> None:
    events = [pageview(event_id="a"), pageview(event_id="a"), pageview(event_id="a", path="/x"), pageview(event_id="b")]

    first = _send(sender, *events)
    again = _send(sender, *events)

    assert [result["status"] for result in first.body["data"]["results"]] == [
        *["accepted", "duplicate", "rejected", "accepted"],
    ]
    assert [result["status"] for result in again.body["data"]["results"]] == [
        *["duplicate", "duplicate", "rejected", "duplicate"],
    ]
    assert first.body["data"]["results"][2]["error"]["code"] == "idempotency_conflict"
    assert len(stored(warehouse, sender.workspace_id)) == 2


def test_each_event_of_a_batch_has_the_verdict_that_it_would_have_alone(sender: Caller, warehouse: StandIn) -> None:
    _send(sender, goal(event_id="a"))
    batch = [
        payment(transaction_id="t-1", event_id="a"),  # the id is a goal's
        payment(transaction_id="t-1", event_id="b"),
        payment(transaction_id="t-1", event_id="c", amount=11),
        payment(transaction_id="t-1", event_id="d"),
        goal(event_id="a"),
        goal(event_id="d"),  # the id is the payment's
        goal(event_id="c"),
    ]

    first, again = (
        [result.get("error", {}).get("code", result["status"]) for result in reply.body["data"]["results"]]
        for reply in (_send(sender, *batch), _send(sender, *batch))
    )

    conflict = "idempotency_conflict"
    assert first == [conflict, "accepted", conflict, "duplicate", "duplicate", conflict, "accepted"]
    assert again == [conflict, "duplicate", conflict, "duplicate", "duplicate", conflict, "duplicate"]
    assert len(stored(warehouse, sender.workspace_id, "visitor_payments")) == 1
    assert len(stored(warehouse, sender.workspace_id, "custom_goals")) == 2


def test_what_tinybird_cannot_take_is_queued_beside_what_it_takes(sender: Caller, warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/events", name="pageviews", status=503)

    reply = _send(sender, pageview(event_id="a"), goal())

    assert [result["status"] for result in reply.body["data"]["results"]] == ["queued", "accepted"]
    queues = Queues()
    assert len(queues.receive(queues.spill)) == 1


def test_a_thousand_events_of_every_status_are_one_value_of_each_metric(
    sender: Caller, warehouse: StandIn, output: Output
) -> None:
    warehouse.fault(path="/v0/events", name="pageviews", status=503)
    events = [pageview()] * 250 + [goal()] * 250 + [goal(event_id="same")] * 250 + [goal(goal_name="")] * 250

    data = _send(sender, *events).body["data"]

    [metrics] = [line for line in output.lines if "_aws" in line]
    counted = {"Accepted": 251, "Duplicate": 249, "Queued": 250, "Rejected": 250}
    assert {name: metrics[f"Events{name}"] for name in counted} == {name: [number] for name, number in counted.items()}
    assert {name: data[name.lower()] for name in counted} == counted


def test_a_thousand_events_cost_one_counter_one_look_up_and_three_calls(
    sender: Caller, warehouse: StandIn, sent: list[str]
) -> None:
    kinds = (pageview, goal, payment)
    reply = _send(sender, *(kinds[number % 3](visitor_id=f"v{number}") for number in range(1000)))

    assert reply.body["data"]["accepted"] == 1000
    assert sorted(set(sent) - {"GetParameter"}) == ["GetItem", "POST /v0/events", "UpdateItem"]
    assert (sent.count("UpdateItem"), sent.count("GetItem"), sent.count("POST /v0/events")) == (1, 1, 3)
    assert len(stored(warehouse, sender.workspace_id)) == 334
