"""Deliveries: what is sent to one destination, how often it was tried, and when it is tried again.

A delivery is written in the transaction of the fact that it tells, and is due until it is settled, so that nothing is
lost if whoever wrote it dies. The body is stored as it is sent: each attempt and each redelivery sends the same bytes,
under the same message id.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, get_args

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.tables import Action
from pixel.foundation import JsonObject
from pixel.foundation.clock import now, to_iso
from pixel.foundation.ids import new_id
from pixel.workspaces.audit import PURGE_AT
from pixel.workspaces.due import DELIVERY_PREFIX, due_attributes
from pixel.workspaces.listeners import SLACK, subscribers
from pixel.workspaces.store import Store
from pixel.workspaces.vocabulary import DisabledReason, EventType

if TYPE_CHECKING:  # lists of deliveries do without what checks keys
    from pixel.auth.keys import KeyRecord

DELIVERY_ID_PREFIX: Final = "dlv"
KEPT_SECONDS: Final = 30 * 86_400
BODY_BYTES_MAX: Final = 20_000

State = Literal["pending", "delivered", "failed", "canceled"]
STATES: tuple[State, ...] = get_args(State)


class Attempt(TypedDict):
    """One attempt: a status, or an error in its place, and the beginning of what was answered."""

    at: str
    status: int | None
    ms: int
    error: str | None
    answer: str


class DeliveryResponse(TypedDict):
    """A delivery, as the log shows it."""

    id: str
    message_id: str
    type: EventType
    destination_id: str
    state: State
    attempts: list[Attempt]
    next_at: str | None
    created_at: str


class BodyTooLargeError(ValueError):
    """A body has more bytes than receivers should have to take."""


def new_delivery(  # noqa: PLR0913, PLR0917 - what is told to whom, and when
    workspace_id: str,
    destination: Mapping[str, Any],
    message_id: str,
    event_type: str,
    data: JsonObject,
    at: datetime,
) -> Item:
    """Return a delivery that is due at once.

    A webhook gets `data` with its type and its time; Slack gets `data` as it is, which is a message with blocks.
    """
    is_slack = destination["kind"] == SLACK
    sent = data if is_slack else {"type": event_type, "timestamp": to_iso(at), "data": data}
    body = json.dumps(sent, separators=(",", ":"))
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLargeError(f"the body has {len(body):,} bytes")
    delivery_id = new_id(DELIVERY_ID_PREFIX)
    key = delivery_key(workspace_id, delivery_id)
    return {
        **key,
        **due_attributes(key["item"], at),
        "id": delivery_id,
        "message_id": message_id,
        "type": event_type,
        "destination_id": destination["id"],
        "state": "pending",
        "tries": 0,
        "attempts": [],
        "body": body,
        "created_at": to_iso(at),
        PURGE_AT: int(at.timestamp()) + KEPT_SECONDS,
    }


def delivery_key(workspace_id: str, delivery_id: str) -> dict[str, str]:
    return {"workspace_id": workspace_id, "item": f"{DELIVERY_PREFIX}{delivery_id}"}


def secret_key(workspace_id: str, destination_id: str) -> dict[str, str]:
    """Return the key of the item with the address and the secrets of a destination."""
    return {"workspace_id": workspace_id, "destination_id": destination_id}


def insertion(store: Store, delivery: Item) -> Action:
    """Return the action that writes a new delivery."""
    return tables.insertion(store.workspace_table, delivery, "workspace_id")


def to_response(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a delivery as the log shows it, without its body."""
    return {**{name: item.get(name) for name in DeliveryResponse.__annotations__}, "next_at": item.get("due_at")}


def deliveries_of(store: Store, event_type: EventType, message_id: str, data: JsonObject, at: datetime) -> list[Item]:
    """Return a delivery for each webhook that is told of an event, whose workspace and website `data` has."""
    workspace_id = data["workspace_id"]
    return [
        new_delivery(workspace_id, one, message_id, event_type, data, at)
        for one in subscribers(store, workspace_id, event_type, data["website_id"])
        if one["id"] != data["id"]  # a destination that is disabled is not told of it
    ]


def disabled_actions(
    store: Store, destination: Mapping[str, Any], reason: DisabledReason, at: datetime
) -> list[Action]:
    """Return the actions that tell the other webhooks that a destination was disabled.

    They are part of the transaction that disables it.
    """
    workspace_id = destination["workspace_id"]
    data: JsonObject = {
        "id": destination["id"],
        "workspace_id": workspace_id,
        "website_id": None,
        "name": destination["name"],
        "kind": destination["kind"],
        "reason": reason,
    }
    told = deliveries_of(store, "destination.disabled", new_id("msg"), data, at)
    return [insertion(store, one) for one in told]


def key_actions(store: Store, event_type: EventType, record: "KeyRecord") -> list[Action]:
    """Return the actions that tell webhooks of an API key: never the key itself, nor its hash."""
    data: JsonObject = {
        "id": record.key_id,
        "workspace_id": record.workspace_id,
        "website_id": None,
        "name": record.name,
        "key_prefix": record.key_prefix,
        "scopes": list(record.scopes),
        "website_ids": None if record.website_ids is None else list(record.website_ids),
        "expires_at": None if record.expires_at is None else to_iso(record.expires_at),
    }
    return [insertion(store, one) for one in deliveries_of(store, event_type, new_id("msg"), data, now())]


def newest(attempts: Iterable[Attempt], one: Attempt, kept: int) -> list[Attempt]:
    """Return the attempts with one more, of which the last are kept."""
    return [*attempts, one][-kept:]
