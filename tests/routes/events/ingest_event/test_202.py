"""POST /events takes an event, says where it is, and takes it once."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from functions.events.ingest_event.handler import handler
from pixel.auth.caller import Caller
from pixel.foundation.errors import LoggableError
from pixel.ingest import pipeline
from pixel.ingest.event import PendingEvent
from tests import dynamodb_engine
from tests.conftest import Output
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import SITE, goal, pageview, payment, sending, stored, workspace

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource", request: pytest.FixtureRequest) -> Caller:
    return workspace(caller, tables, f"ws_{abs(hash(request.node.nodeid))}")


def _send(sender: Caller, body: object, **headers: str) -> Reply:
    return send(handler, sending("ingest_event", sender, body, headers))


@pytest.mark.parametrize(
    ("body", "datasource"),
    [(pageview(), "pageviews"), (goal(), "custom_goals"), (payment(), "visitor_payments")],
    ids=["pageview", "custom", "payment"],
)
def test_an_event_is_in_its_datasource(
    sender: Caller, warehouse: StandIn, body: dict[str, Any], datasource: str
) -> None:
    reply = _send(sender, body)

    assert reply.status == 202
    data = reply.body["data"]
    assert data.keys() == {"event_id", "visitor_id", "status", "datasource"}
    assert (data["status"], data["datasource"]) == ("accepted", datasource)
    assert data["event_id"].startswith("evt_")
    assert str(UUID(data["visitor_id"])) == data["visitor_id"]
    (row,) = stored(warehouse, sender.workspace_id, datasource)
    assert (row["event_id"], row["visitor_id"], row["website_id"]) == (data["event_id"], data["visitor_id"], SITE)


def test_all_that_is_said_is_stored_and_what_follows_from_it(sender: Caller, warehouse: StandIn) -> None:
    said = {
        "event_id": "e-1",
        "visitor_id": "v-1",
        "session_id": "s-1",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "url": "https://www.example.com/pricing?utm_source=news&utm_medium=email#top",
        "title": "Pricing",
        "referrer": "https://www.google.com/search?q=x",
        "language": "de-DE",
        "country": "de",
        "region": "BE",
        "city": "Berlin",
        "screen": "1920x1080",
        "properties": {"plan": "pro", "seats": 3, "new": True},
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36",
    }

    _send(sender, {"website_id": SITE, "name": "pageview", **said})

    (row,) = stored(warehouse, sender.workspace_id)
    expected = {
        "event_id": "e-1",
        "visitor_id": "v-1",
        "session_id": "s-1",
        "timestamp": "2026-01-02 03:04:05.678",
        "host": "www.example.com",
        "path": "/pricing",
        "title": "Pricing",
        "referrer_host": "www.google.com",
        "utm_source": "news",
        "utm_medium": "email",
        "channel": "email",
        "language": "de-DE",
        "country": "DE",
        "region": "BE",
        "city": "Berlin",
        "screen": "1920x1080",
        "device": "desktop",
        "browser": "Chrome",
        "os": "Windows",
        "is_bot": 0,
        "bot_reason": "",
        "properties": '{"plan":"pro","seats":3,"new":true}',
    }
    assert {name: row[name] for name in expected} == expected


def test_the_same_event_again_is_a_duplicate_with_the_first_answer_s_ids(sender: Caller, warehouse: StandIn) -> None:
    first = _send(sender, pageview(event_id="e-1"))
    again = _send(sender, pageview(event_id="e-1"))

    assert first.body["data"] | {"status": "duplicate"} == again.body["data"]
    assert again.status == 202
    assert len(stored(warehouse, sender.workspace_id)) == 1


def test_an_idempotency_key_is_an_event_id(sender: Caller, warehouse: StandIn) -> None:
    first = _send(sender, pageview(), **{"Idempotency-Key": "k-1"})
    again = _send(sender, pageview(), **{"idempotency-key": "k-1"})
    by_id = _send(sender, pageview(event_id="k-1"))
    without_id = _send(sender, pageview(event_id=None), **{"Idempotency-Key": "k-2"})

    assert (first.body["data"]["event_id"], without_id.body["data"]["event_id"]) == ("k-1", "k-2")
    assert again.body["data"]["status"] == by_id.body["data"]["status"] == "duplicate"
    assert len(stored(warehouse, sender.workspace_id)) == 2


def test_a_payment_counts_once_under_its_transaction(sender: Caller, warehouse: StandIn) -> None:
    first = _send(sender, payment(transaction_id="t-1", event_id="e-1", timestamp="2026-03-04T05:00:00Z"))
    repeats = [
        _send(sender, payment(transaction_id="t-1", **changed))
        for changed in (
            {},
            {"event_id": "e-2"},
            {"event_id": "e-2"},
            {"timestamp": "2026-03-04T05:00:09Z"},
            {"amount": "9.50"},
        )
    ]
    contradictions = [
        _send(sender, payment(transaction_id="t-1", **changed))
        for changed in ({"amount": 11}, {"currency": "EUR"}, {"event_id": "e-3", "visitor_id": "w"}, {"quantity": 2})
    ]

    assert first.body["data"]["event_id"] == "e-1"
    for repeat in repeats:
        assert repeat.body["data"] == first.body["data"] | {"status": "duplicate"}
    for contradiction in contradictions:
        assert (contradiction.status, contradiction.body["error"]["code"]) == (409, "idempotency_conflict")
    (row,) = stored(warehouse, sender.workspace_id, "visitor_payments")
    assert (float(row["amount"]), row["transaction_id"]) == (9.5, "t-1")


def test_a_wrong_report_leaves_the_transaction_to_the_right_one(sender: Caller, warehouse: StandIn) -> None:
    _send(sender, pageview(event_id="used"))

    wrong = _send(sender, payment(transaction_id="t-1", event_id="used", amount=11))
    right = _send(sender, payment(transaction_id="t-1", event_id="e-1"))

    assert (wrong.status, right.body["data"]["status"]) == (409, "accepted")
    (row,) = stored(warehouse, sender.workspace_id, "visitor_payments")
    assert float(row["amount"]) == 9.5


def test_a_payment_has_several_refunds_each_by_its_id(sender: Caller, warehouse: StandIn) -> None:
    def refund(**changed: Any) -> tuple[int, str | None]:
        reply = _send(sender, payment(transaction_id="t-1", refund=True, amount=1, **changed))
        return reply.status, reply.body.get("data", {}).get("status")

    _send(sender, payment(transaction_id="t-1"))
    refunds = [refund(), *[refund(event_id=f"r-{n}") for n in (1, 2)], *[refund(refund_id=f"r-{n}") for n in (1, 2)]]
    repeats = [refund(), refund(event_id="r-1"), refund(refund_id="r-2", event_id="another")]
    contradictions = [refund(product_name="x"), refund(refund_id="r-2", product_name="x")]

    assert refunds == [(202, "accepted")] * 5
    assert repeats == [(202, "duplicate")] * 3
    assert contradictions == [(409, None)] * 2
    rows = stored(warehouse, sender.workspace_id, "visitor_payments")
    assert sum(float(row["amount"]) for row in rows if row["refund"]) == 5


def test_a_payment_under_the_id_of_another_payment_s_result_replaces_nothing(
    sender: Caller, warehouse: StandIn
) -> None:
    answered = _send(sender, payment(transaction_id="t-1")).body["data"]["event_id"]

    replies = [_send(sender, payment(event_id=answered, amount=5)) for _ in range(2)]

    assert [reply.body["data"]["event_id"] for reply in replies] == [answered] * 2
    assert [reply.body["data"]["status"] for reply in replies] == ["accepted", "duplicate"]
    rows = stored(warehouse, sender.workspace_id, "visitor_payments")
    assert sorted((float(row["amount"]), row["event_id"] == answered) for row in rows) == [(5, False), (9.5, True)]


def test_parts_of_names_never_run_into_each_other(sender: Caller, warehouse: StandIn) -> None:
    given = [
        {"transaction_id": "t#refund_id#r"},
        {"transaction_id": "t", "refund_id": "r"},
        {"transaction_id": "t%23r"},
    ]

    replies = [_send(sender, payment(refund=True, **changed)) for changed in given]

    assert [reply.body["data"]["status"] for reply in replies] == ["accepted"] * 3


def test_ids_of_one_workspace_are_free_in_another(
    caller: Caller, tables: "DynamoDBServiceResource", sender: Caller
) -> None:
    other = workspace(caller, tables, f"{sender.workspace_id}_other")

    for who in (sender, other):
        assert _send(who, pageview(event_id="e-1")).body["data"]["status"] == "accepted"
        assert _send(who, payment(transaction_id="t-1")).body["data"]["status"] == "accepted"


def test_an_event_that_tinybird_cannot_take_now_is_kept_by_us(
    sender: Caller, warehouse: StandIn, output: Output
) -> None:
    warehouse.fault(path="/v0/events", status=503)
    queues = Queues()

    reply = _send(sender, pageview(event_id="e-1"))
    again = _send(sender, pageview(event_id="e-1"))

    assert (reply.status, reply.body["data"]["status"]) == (202, "queued")
    assert again.body["data"]["status"] == "duplicate"
    (message,) = queues.receive(queues.spill)
    assert '\\"event_id\\":\\"e-1\\"' in message["Body"]
    assert stored(warehouse, sender.workspace_id) == []
    assert output.metric("EventsQueued") == 1


def test_a_row_that_tinybird_quarantines_is_kept_for_people_to_look_at(
    sender: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PendingEvent, "row", '{"event_id":"e","timestamp":"never"}')

    reply = _send(sender, pageview())

    assert reply.body["data"]["status"] == "queued"
    (buried,) = Queues().buried()
    assert (buried.datasource, buried.reason) == ("pageviews", "quarantined")


def test_an_open_claim_of_a_request_that_died_lets_the_retry_through_as_the_same_event(
    sender: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(pipeline, "_store_all", _die)
        assert _send(sender, pageview(event_id="e-1")).status == 500

    retries = [_send(sender, pageview(event_id="e-1")) for _ in range(2)]

    assert [reply.body["data"]["status"] for reply in retries] == ["accepted", "duplicate"]
    assert len(stored(warehouse, sender.workspace_id)) == 1


def _die(*_: object) -> None:
    raise RuntimeError("the process is gone")


def test_two_requests_at_once_are_one_event(
    sender: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes while the first is under way: both send the same row, which counts once."""
    keep_all = pipeline._store_all
    seen: list[Reply] = []

    def interrupted(*given: Any) -> None:
        monkeypatch.setattr(pipeline, "_store_all", keep_all)
        seen.append(_send(sender, pageview(event_id="e-1")))
        keep_all(*given)

    monkeypatch.setattr(pipeline, "_store_all", interrupted)
    seen.append(_send(sender, pageview(event_id="e-1")))

    assert [reply.status for reply in seen] == [202, 202]
    assert seen[0].body["data"]["visitor_id"] == seen[1].body["data"]["visitor_id"]
    rows = stored(warehouse, sender.workspace_id)
    assert len({(row["event_id"], row["timestamp"], row["visitor_id"]) for row in rows}) == 1
    counted = warehouse.pipe("p_top_pages", workspace_id=sender.workspace_id).json["data"]
    assert [row["pageviews"] for row in counted] == [1]


def test_a_plain_event_costs_the_counter_and_one_call_to_tinybird(sender: Caller, sent: list[str]) -> None:
    _send(sender, pageview())
    sent.clear()

    _send(sender, pageview())
    assert sent == ["UpdateItem", "POST /v0/events"]
    sent.clear()
    _send(sender, pageview(event_id="e-1"))
    assert sent == ["UpdateItem", "PutItem", "POST /v0/events", "BatchWriteItem"]
    sent.clear()
    _send(sender, pageview(event_id="e-1"))
    assert sent == ["UpdateItem", "PutItem", *dynamodb_engine.asked_after_a_refusal()]


def test_nothing_of_an_event_is_logged(sender: Caller, output: Output) -> None:
    _send(sender, payment(email="jane@example.com", visitor_id="v-secret", properties={"note": "a-secret"}))

    assert output.logged("request")
    assert not [word for word in ("jane", "v-secret", "a-secret") if word in output.text]


def test_claims_that_cannot_be_marked_cost_no_event(
    sender: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    def unable(_: object) -> None:
        raise LoggableError("down")

    monkeypatch.setattr("pixel.ingest.claims.mark_kept", unable)

    assert _send(sender, pageview(event_id="e-1")).body["data"]["status"] == "accepted"
    assert output.logged("claims could not be updated")
    assert len(stored(warehouse, sender.workspace_id)) == 1
