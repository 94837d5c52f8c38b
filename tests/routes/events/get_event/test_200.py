"""GET /events/{id} says where an event is, whatever happened to it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from pixel.auth.caller import Caller
from pixel.foundation.clock import iso_of_epoch, to_iso
from pixel.ingest import claims, receipts
from pixel.ingest.event import PendingEvent
from pixel.ingest.receipts import Kind
from tests.conftest import Frozen
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import append
from tests.routes.events.fates import (
    FATES,
    OTHER_SITE,
    ask,
    bring_back,
    claim_of,
    deliver,
    drain,
    fate_of,
    lead_to_every_fate,
    new_sender,
    post,
    post_batch,
)
from tests.routes.sent_events import SITE, goal, pageview, payment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

_BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return new_sender(caller, tables)


def _row(sender: Caller, event_id: str, moment: datetime, **more: Any) -> str:
    instant = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ids = {"workspace_id": sender.workspace_id, "website_id": SITE, "event_id": event_id, "visitor_id": "v"}
    return json.dumps({**ids, "timestamp": instant, "received_at": instant, **more})


def _damage_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole: Any = vars(PendingEvent)["row"]
    monkeypatch.setattr(
        PendingEvent, "row", property(lambda event: json.dumps({**json.loads(whole.fget(event)), "timestamp": "never"}))
    )


@pytest.mark.parametrize("event_id", [None, "order:1.a-b"], ids=["made here", "the sender's"])
@pytest.mark.parametrize(
    ("body", "datasource"),
    [(pageview(), "pageviews"), (goal(), "custom_goals"), (payment(), "visitor_payments")],
    ids=["pageview", "custom", "payment"],
)
def test_an_event_is_stored(sender: Caller, body: dict[str, Any], datasource: str, event_id: str | None) -> None:
    ids = {} if event_id is None else {"event_id": event_id}
    sent = post(sender, {**body, **ids, "timestamp": "2026-01-02T03:04:05.678Z"})

    reply = ask(sender, sent["event_id"])

    received_at = reply.body["data"].pop("received_at")
    assert reply.body["data"] == {
        "event_id": sent["event_id"],
        "fate": "stored",
        "datasource": datasource,
        "website_id": SITE,
        "visitor_id": sent["visitor_id"],
        "timestamp": "2026-01-02T03:04:05.678Z",
        "counted": True,
        "bot_reason": None,
        "copies": 1,
        "via": "direct",
    }
    assert _INSTANT.fullmatch(received_at)
    assert reply.body["meta"].keys() == {"request_id"}


def test_every_fate_has_its_fields(sender: Caller, warehouse: StandIn, frozen: Frozen) -> None:
    frozen.seconds = datetime.now(UTC).timestamp()
    now = iso_of_epoch(int(frozen.seconds))
    lead_to_every_fate(warehouse, sender)

    fates = {event_id: fate_of(sender, event_id) for event_id in FATES}

    assert {event_id: fate["fate"] for event_id, fate in fates.items()} == FATES
    missing = [{"path": name, "code": "missing"} for name in ("amount", "currency")]
    assert fates["queued"] == {"fate": "queued", "since": now, "reason": "status 503"}
    assert fates["dead_lettered"] == {
        "fate": "dead_lettered",
        "since": now,
        "reason": "invalid_body",
        "fields": missing,
    }
    assert fates["accepted"] == {"fate": "accepted", "accepted_at": now}
    assert fates["in_progress"] == {"fate": "in_progress", "since": "1970-01-01T00:00:00Z"}


def test_an_event_of_a_bot_is_stored_and_not_counted(sender: Caller) -> None:
    post(sender, pageview(event_id="e-1", user_agent=_BOT))

    fate = fate_of(sender, "e-1")

    assert (fate["counted"], fate["bot_reason"]) == (False, "crawler")


def test_an_identify_is_found_too(sender: Caller, warehouse: StandIn) -> None:
    identity = {"external_id_hash": "a" * 64}
    append(warehouse, "identities", _row(sender, "evt_" + "1" * 32, datetime.now(UTC), **identity))

    fate = fate_of(sender, "evt_" + "1" * 32)

    assert (fate["datasource"], fate["counted"], fate["copies"]) == ("identities", True, 1)


def test_a_row_that_arrived_twice_is_one_event_with_two_copies(sender: Caller, warehouse: StandIn) -> None:
    event_id, now = f"evt_{uuid4().hex}", datetime.now(UTC)
    for seconds, visitor in ((2, "last"), (0, "first")):
        moment = now - timedelta(seconds=3 - seconds)
        append(warehouse, "pageviews", _row(sender, event_id, moment, visitor_id=visitor))

    fate = fate_of(sender, event_id)

    assert (fate["copies"], fate["visitor_id"]) == (2, "last")


def test_a_payment_is_found_by_the_sender_s_id_although_its_row_has_another(sender: Caller) -> None:
    transaction = payment(transaction_id="t-1", amount=7)
    first, again = post(sender, {**transaction, "event_id": "a"}), post(sender, {**transaction, "event_id": "b"})
    alone = post(sender, payment(transaction_id="t-2"))
    ours = post(sender, payment(event_id=f"evt_{uuid4().hex}"))

    for event_id in ("a", "b", alone["event_id"], ours["event_id"]):
        fate = fate_of(sender, event_id)
        assert (fate["fate"], fate["datasource"], fate["copies"]) == ("stored", "visitor_payments", 1)
    assert (first["status"], again["status"]) == ("accepted", "duplicate")


def test_what_is_queued_is_stored_once_the_queue_is_drained(sender: Caller, warehouse: StandIn) -> None:
    """The receipts are still there, but the warehouse is asked first."""
    warehouse.fault(path="/v0/events", status=503)
    made = [post(sender, body)["event_id"] for body in (pageview(), payment(event_id="p", transaction_id="t"))]
    made.append(post(sender, payment(event_id=f"evt_{uuid4().hex}"))["event_id"])
    post_batch(sender, *(pageview(event_id=f"e-{number}") for number in range(30)))
    ids = [*made, "e-0", "e-29"]
    assert {fate_of(sender, event_id)["fate"] for event_id in ids} == {"queued"}
    bring_back(warehouse)

    drain()

    fates = [fate_of(sender, event_id) for event_id in ids]
    assert {(fate["fate"], fate["via"]) for fate in fates} == {("stored", "queue")}


def test_a_row_that_tinybird_quarantines_is_a_dead_letter(sender: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    _damage_rows(monkeypatch)
    post(sender, pageview(event_id="e-1"))

    fate = fate_of(sender, "e-1")

    assert fate.keys() == {"fate", "since", "reason", "fields"}
    assert (fate["fate"], fate["reason"], fate["fields"]) == ("dead_lettered", "quarantined", [])


def test_a_queued_row_that_tinybird_quarantines_becomes_a_dead_letter(
    sender: Caller, warehouse: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.fault(path="/v0/events", status=503)
    _damage_rows(monkeypatch)
    post(sender, pageview(event_id="e-1"))
    assert fate_of(sender, "e-1")["fate"] == "queued"
    bring_back(warehouse)

    drain()

    fate = fate_of(sender, "e-1")
    assert (fate["fate"], fate["reason"]) == ("dead_lettered", "quarantined")


def test_a_rejected_event_that_was_corrected_is_stored(sender: Caller) -> None:
    deliver(payment(event_id="e-1", currency="nothing", note="x"))
    rejected = fate_of(sender, "e-1")

    deliver(payment(event_id="e-1"))

    found = sorted((fault["path"], fault["code"]) for fault in rejected["fields"])
    assert found == [("another", "unknown"), ("currency", "invalid")]
    assert fate_of(sender, "e-1")["fate"] == "stored"


def test_a_payment_that_conflicts_with_its_transaction_is_a_dead_letter(sender: Caller) -> None:
    deliver(payment(event_id="e-1", transaction_id="t"), payment(event_id="e-2", transaction_id="t", amount=1))

    assert fate_of(sender, "e-1")["fate"] == "stored"
    fate = fate_of(sender, "e-2")
    assert (fate["fate"], fate["reason"]) == ("dead_lettered", "idempotency_conflict")


def test_an_event_that_conflicts_does_not_bury_the_one_whose_id_it_has(sender: Caller) -> None:
    deliver(pageview(event_id="e-1"))
    deliver(pageview(event_id="e-1", path="/other"))

    assert fate_of(sender, "e-1")["fate"] == "stored"


def test_an_id_that_is_used_again_is_about_the_last_event(sender: Caller, warehouse: StandIn) -> None:
    """A sender's id is free after a week; what the warehouse has of it before is another event."""
    now = datetime.now(UTC)
    append(warehouse, "pageviews", _row(sender, "e-1", now - timedelta(days=9)))
    assert fate_of(sender, "e-1")["fate"] == "stored"
    claims.take(claim_of(sender.workspace_id, "e-1", int(now.timestamp() * 1000)), "holder")

    assert fate_of(sender, "e-1")["fate"] == "in_progress"

    append(warehouse, "pageviews", _row(sender, "e-1", now))
    fate = fate_of(sender, "e-1")
    assert (fate["fate"], fate["copies"]) == ("stored", 1)


def test_a_receipt_of_an_earlier_event_says_nothing_of_the_one_that_has_its_id_now(
    sender: Caller, warehouse: StandIn
) -> None:
    now = datetime.now(UTC)
    receipts.record_rows(Kind.QUEUED, [_row(sender, "e-1", now - timedelta(days=9))], "status 503", since=1.0)
    assert fate_of(sender, "e-1")["fate"] == "queued"
    append(warehouse, "pageviews", _row(sender, "e-1", now))
    assert fate_of(sender, "e-1")["via"] == "direct"

    claims.take(claim_of(sender.workspace_id, "e-1", int(now.timestamp() * 1000) + 1), "holder")

    assert fate_of(sender, "e-1")["fate"] == "in_progress"


def test_of_a_row_that_is_older_than_receipts_nobody_knows_the_way(sender: Caller, warehouse: StandIn) -> None:
    for event_id, days in (("old", 31), ("new", 29)):
        append(warehouse, "pageviews", _row(sender, event_id, datetime.now(UTC) - timedelta(days=days)))

    assert (fate_of(sender, "old")["via"], fate_of(sender, "new")["via"]) == (None, "direct")


def test_an_id_of_two_websites_is_about_the_last_event_or_that_of_the_website(
    sender: Caller, warehouse: StandIn
) -> None:
    now = datetime.now(UTC)
    append(warehouse, "pageviews", _row(sender, "e-1", now - timedelta(days=9), website_id=OTHER_SITE))
    append(warehouse, "pageviews", _row(sender, "e-1", now))

    of_any = fate_of(sender, "e-1")
    of_other = ask(sender, "e-1", {"website_id": OTHER_SITE}).body["data"]
    bound = fate_of(sender._replace(website_ids=(OTHER_SITE,)), "e-1")

    assert (of_any["website_id"], of_other["website_id"], bound["website_id"]) == (SITE, OTHER_SITE, OTHER_SITE)


def test_a_bound_key_sees_every_fate_of_its_website(sender: Caller, warehouse: StandIn) -> None:
    lead_to_every_fate(warehouse, sender, OTHER_SITE)
    bound = sender._replace(website_ids=(OTHER_SITE, "admx_third"))

    assert {event_id: fate_of(bound, event_id)["fate"] for event_id in FATES} == FATES


def test_a_claim_of_an_earlier_version_is_that_of_the_whole_workspace(
    sender: Caller, tables: "DynamoDBServiceResource"
) -> None:
    claim = claim_of(sender.workspace_id, "e-1", 1).to_item("holder") | {"holders": {"holder"}}
    earlier: Any = {name: value for name, value in claim.items() if name not in {"website_id", "row_id"}}
    tables.Table("test-claims").put_item(Item=earlier)

    assert fate_of(sender, "e-1")["fate"] == "in_progress"
    assert ask(sender._replace(website_ids=(SITE,)), "e-1").status == 404


def test_times_are_whole_seconds(sender: Caller, warehouse: StandIn) -> None:
    warehouse.fault(path="/v0/events", status=503)
    post(sender, pageview(event_id="e-1"))

    since = fate_of(sender, "e-1")["since"]

    assert abs(datetime.fromisoformat(since) - datetime.now(UTC)) < timedelta(minutes=1)
    assert since == to_iso(datetime.fromisoformat(since))
