"""A workspace with destinations whose receivers answer as a test says, and deliveries to them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from standardwebhooks import Webhook, WebhookVerificationError

from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.hooks.calling import Answer
from pixel.hooks.destinations import DESTINATIONS
from pixel.hooks.sending import deliver_hook
from pixel.workspaces.deliveries import delivery_key, insertion, new_delivery
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.models import checked
from pixel.workspaces.store import Store, function_store, meta_key

WORKSPACE = "ws_1"
FINE = Answer(200, None, "ok", 12)
DATA: JsonObject = {"id": "alert_1", "workspace_id": WORKSPACE, "website_id": "admx_1"}


class Call(NamedTuple):
    host: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Answers calls in turn; the last answer stands for all after it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[Answer] = [FINE]

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def call(self, place: Any, headers: Mapping[str, str], body: bytes, **_options: Any) -> Answer:
        self.calls.append(Call(place.host, headers, body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Context:
    """Lambda's context with enough time left, or as much as a test says."""

    def __init__(self, milliseconds: int = 300_000) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def new_workspace() -> Store:
    store = function_store()
    store.database.put(store.workspace_table, {**meta_key(WORKSPACE)})
    return store


def new_destination(store: Store, **fields: Any) -> tuple[Item, str]:
    """Create a destination and return it with its secret."""
    given = {"kind": "webhook", "name": "Warehouse", "url": "https://hooks.example.com/a", **fields}
    secret = DESTINATIONS.issue()
    item = DESTINATIONS.create(store, WORKSPACE, checked(DESTINATIONS.new, given), secret=secret)
    return item, secret.shown["secret"]


def queue_delivery(store: Store, destination: Item, message_id: str = "msg_1", event_type: str = "alert.fired") -> Item:
    """Write a delivery and return it."""
    data = {"text": "Hello"} if destination["kind"] == "slack" else DATA
    delivery = new_delivery(WORKSPACE, destination, message_id, event_type, data, now())
    store.database.transact(insertion(store, delivery))
    return delivery


def message_of(delivery: Item, message_id: str = "m1") -> JsonObject:
    body = {name: delivery[name] for name in ("workspace_id", "due_at")} | {"delivery_id": delivery["id"]}
    return {"messageId": message_id, "body": json.dumps(body)}


def deliver(*deliveries: Item, context: Context | None = None) -> JsonObject:
    """Run the consumer on a batch of messages about deliveries as they are now."""
    records = [message_of(delivery, f"m{number}") for number, delivery in enumerate(deliveries)]
    return deliver_hook({"Records": records}, context or Context())


def kept(store: Store, delivery: Item) -> Item:
    """Return a delivery as it is stored."""
    item = store.database.get(store.workspace_table, delivery_key(WORKSPACE, delivery["id"]))
    assert item is not None
    return item


def destination_of(store: Store, destination: Item) -> Item:
    return store.find(DESTINATION, WORKSPACE, destination["id"])


def stored_deliveries(store: Store) -> list[Item]:
    return store.database.scan_prefix(store.workspace_table, "item", "DELIVERY#")


def verify(secret: str, headers: Any, body: bytes) -> None:
    """Verify a signature by the library, at the time that the message names."""
    webhook = Webhook(secret)
    signed = headers["webhook-signature"].split()
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    if webhook.sign(headers["webhook-id"], at, body.decode()) not in signed:
        raise WebhookVerificationError("no matching signature")
