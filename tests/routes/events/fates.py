"""What tests of fates share: a sender with two websites, and ways to lead an event to each fate."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from functions.events.get_event.handler import handler as get_event
from functions.events.ingest_batch.handler import handler as ingest_batch
from functions.events.ingest_event.handler import handler as ingest_event
from functions.sources.drain_spill.handler import handler as drain_spill
from pixel.auth.caller import Caller
from pixel.foundation import container
from pixel.ingest import claims
from pixel.ingest.claims import EVENT_SECONDS, Claim, event_claim
from pixel.ingest.sources.queue import ingest_queue
from tests.local.tinybird.running import StandIn
from tests.queues import Queues
from tests.routes.asked_reports import add_website, asking
from tests.routes.gateway import Reply, send
from tests.routes.sent_events import SITE, pageview, payment, sending
from tests.routes.sources.deliveries import Context, message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBServiceResource

OTHER_SITE = "admx_other"


def new_sender(caller: Caller, tables: "DynamoDBServiceResource") -> Caller:
    """Return a caller of a workspace with two websites."""
    workspace_id = f"ws_{uuid4().hex}"
    for website_id in (SITE, OTHER_SITE):
        add_website(tables, workspace_id, website_id)
    return caller._replace(workspace_id=workspace_id, rate_limit=1_000)


def ask(caller: Caller, event_id: str, query: Mapping[str, str | list[str]] | None = None) -> Reply:
    return send(get_event, asking("get_event", caller, {"id": event_id}, query))


def fate_of(caller: Caller, event_id: str) -> dict[str, Any]:
    reply = ask(caller, event_id)
    assert reply.status == 200, reply.body
    assert reply.body["data"]["event_id"] == event_id
    return {name: value for name, value in reply.body["data"].items() if name != "event_id"}


def post(caller: Caller, body: object) -> dict[str, Any]:
    """Send an event and return the answer's data."""
    reply = send(ingest_event, sending("ingest_event", caller, body))
    assert reply.status == 202, reply.body
    return dict(reply.body["data"])


def post_batch(caller: Caller, *events: object) -> None:
    assert send(ingest_batch, sending("ingest_batch", caller, {"events": list(events)})).status == 202


def bring_back(warehouse: StandIn) -> None:
    """End the warehouse's faults, and forget that it was down."""
    warehouse.call("DELETE", "/_faults", token=None)
    container.forget_all()


def drain() -> None:
    queues = Queues()
    event = queues.event()
    assert drain_spill(event, None) == {"batchItemFailures": []}
    assert queues.settle(event, {"batchItemFailures": []}) == []


def deliver(*events: object) -> None:
    """Let the ingest queue deliver events, each of which is kept or buried."""
    assert ingest_queue({"Records": [message(event) for event in events]}, Context()) == {"batchItemFailures": []}


def claim_of(workspace_id: str, event_id: str, received_ms: int, website_id: str = SITE) -> Claim:
    name = event_claim(workspace_id, event_id)
    more = {"website_id": website_id, "row_id": event_id}
    return Claim(name, "f", event_id, "v", "pageviews", received_ms, received_ms, False, EVENT_SECONDS, **more)  # noqa: FBT003 - `kept`


def lead_to_every_fate(warehouse: StandIn, sender: Caller, website_id: str = SITE) -> None:
    """Send events to a website, each named after its fate."""
    post(sender, pageview(event_id="stored", website_id=website_id))
    post(sender, payment(event_id="paid", transaction_id="t-1", website_id=website_id))
    deliver({"website_id": website_id, "name": "payment", "event_id": "dead_lettered"})
    warehouse.fault(path="/v0/events", status=503)
    post(sender, pageview(event_id="queued", website_id=website_id))
    bring_back(warehouse)
    open_claims = {name: claim_of(sender.workspace_id, name, 1, website_id) for name in ("in_progress", "accepted")}
    for claim in open_claims.values():
        assert claims.take(claim, "holder") is None
    claims.mark_kept([(open_claims["accepted"], "holder")])


FATES = {
    "stored": "stored",
    "paid": "stored",
    "dead_lettered": "dead_lettered",
    "queued": "queued",
    "in_progress": "in_progress",
    "accepted": "accepted",
}
"""The fate of each event of `lead_to_every_fate`."""
