"""What the caller may not see is answered as what never was, byte for byte."""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from functions.events.get_event.handler import handler
from functions.events.ingest_event.handler import handler as ingest_event
from pixel.auth.caller import Caller
from tests.environment import ERRORS_PAGE_URL
from tests.local.tinybird.running import StandIn
from tests.routes.asked_reports import asking
from tests.routes.events.fates import (
    FATES,
    OTHER_SITE,
    ask,
    bring_back,
    deliver,
    fate_of,
    lead_to_every_fate,
    new_sender,
)
from tests.routes.gateway import send
from tests.routes.sent_events import SITE, pageview, payment, sending

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

pytestmark = pytest.mark.usefixtures("warehouse", "output", "no_sleep")

_MESSAGE = "Unknown event; check its id, and ask again in a few seconds if it was sent just now."


@pytest.fixture
def sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    return new_sender(caller, tables)


def _bytes(caller: Caller, event_id: str, query: dict[str, str | list[str]] | None = None) -> str:
    reply = handler(asking("get_event", caller, {"id": event_id}, query), None)
    assert (reply["statusCode"], reply["headers"]["Retry-After"]) == (404, "5")
    return str(reply["body"])


def test_an_event_that_never_was(sender: Caller) -> None:
    reply = ask(sender, f"evt_{uuid4().hex}")

    assert reply.status == 404
    assert reply.body["error"] == {
        "code": "event_not_found",
        "message": _MESSAGE,
        "docs_url": f"{ERRORS_PAGE_URL}#event_not_found",
    }
    assert reply.headers["Retry-After"] == "5"


@pytest.mark.parametrize("event_id", ["a%2Fb", "a b", "%", "%FF", "x" * 129, "a%23receipt%23queued%23b", "e%00"])
def test_an_id_that_no_event_can_have_costs_nothing(sender: Caller, sent: list[str], event_id: str) -> None:
    assert _bytes(sender, event_id)
    assert sent == ["UpdateItem"] * len(sent)


def test_an_event_that_was_refused_leaves_no_trace(sender: Caller, warehouse: StandIn) -> None:
    """Its claim is free again: the answer said that nothing was kept."""
    warehouse.fault(path="/v0/events", status=403, body='{"error":"no"}')
    refused = send(ingest_event, sending("ingest_event", sender, pageview(event_id="e-1")))
    bring_back(warehouse)

    assert refused.status == 503
    assert _bytes(sender, "e-1")


def test_an_id_is_decoded(sender: Caller) -> None:
    deliver(payment(event_id="a:b"))

    assert send(handler, asking("get_event", sender, {"id": "a%3Ab"})).body["data"]["event_id"] == "a:b"


def test_every_event_of_another_tenant_another_website_and_nobody(
    caller: Caller, sender: Caller, tables: "DynamoDBServiceResource", warehouse: StandIn
) -> None:
    lead_to_every_fate(warehouse, sender)
    assert {event_id: fate_of(sender, event_id)["fate"] for event_id in FATES} == FATES
    nobodys = _bytes(sender, "nobody")
    stranger = new_sender(caller, tables)
    elsewhere = sender._replace(website_ids=(OTHER_SITE,))
    nowhere = sender._replace(website_ids=())

    for event_id in FATES:
        answers = {_bytes(who, event_id) for who in (stranger, elsewhere, nowhere)}
        answers.add(_bytes(sender, event_id, {"website_id": OTHER_SITE}))
        answers.add(_bytes(elsewhere, event_id, {"website_id": SITE}))
        assert answers == {nobodys}, event_id


def test_a_stranger_cannot_reach_a_receipt_by_its_name(
    caller: Caller, sender: Caller, tables: "DynamoDBServiceResource", warehouse: StandIn
) -> None:
    lead_to_every_fate(warehouse, sender)
    stranger = new_sender(caller, tables)

    names = [item["claim"] for item in tables.Table("test-claims").scan()["Items"]]

    assert len(names) > len(FATES)
    for name in map(str, names):
        assert json.loads(_bytes(stranger, name))["error"]["code"] == "event_not_found"


def test_an_event_of_a_queue_whose_website_nobody_has_leaves_no_receipt(
    sender: Caller, tables: "DynamoDBServiceResource"
) -> None:
    deliver(payment(event_id="e-1", website_id="admx_nobodys"), payment(event_id="e/1", currency="?"), [1], "no JSON")

    assert tables.Table("test-claims").scan()["Items"] == []
    assert _bytes(sender, "e-1")
