"""What the document says of destinations beyond what all records have, and of the delivery log."""

from typing import Any, get_args

from pixel.foundation.errors import ErrorCode
from pixel.hooks import destinations
from pixel.hooks.delivery_routes import PAGE, PAGE_MAX
from pixel.hooks.destinations import SecretRotation
from pixel.workspaces import key_models, vocabulary
from pixel.workspaces.deliveries import STATES, DeliveryResponse
from tools.openapi.models import adapters_of, schemas_of
from tools.openapi.operation import Operation
from tools.openapi.schema import Schema, array, integer, moment, one_of, record, ref, schema, text

_DELIVERY_ID = "^dlv_[A-Za-z0-9_-]{1,32}$"
_MORE: dict[str, Schema] = {
    "id": {"description": "Its id."},
    "message_id": {"description": "The `webhook-id` under which it is sent, however often."},
    "destination_id": {"description": "The destination that it goes to."},
    "state": {"description": "Pending until it is delivered, given up or canceled with its destination."},
    "attempts": {"description": "The last 20 attempts."},
    "next_at": {"format": "date-time", "description": "When it is tried next; null if it is settled."},
    "created_at": {"format": "date-time"},
}
_ATTEMPT: dict[str, Schema] = {
    "at": {"format": "date-time"},
    "status": {"description": "The HTTP status; null if there was no answer."},
    "ms": {"description": "How long it took."},
    "error": {"description": "What took the place of an answer, such as timeout, connection or private_address."},
    "answer": {"description": "The first 1,000 characters of the body."},
}
FIELDS: dict[Any, Schema] = {
    destinations.OneKind: one_of(["slack", "webhook"], "What is sent: messages of Slack, or signed webhooks."),
    destinations.Url: text(
        "Begins with https://, with a public domain name and the port 443 or 8443; for slack that of an incoming "
        "webhook. It is never answered.",
        format="uri",
    ),
    destinations.Events: array(
        one_of(list(get_args(vocabulary.EventType))), "What it is told of; null for all. Not for slack.", minItems=1
    ),
    destinations.WebsiteIds: array(
        text(), "Websites whose events it is told of, and then nothing else; null for all. Not for slack."
    ),
    destinations.Flag: {
        "type": "boolean",
        "description": "Whether anything is sent; true also resumes a destination that was disabled.",
    },
}


def schemas() -> dict[str, Schema]:
    """Return the schemas of deliveries and of a rotation by name."""
    found = schemas_of(adapters_of(DeliveryResponse), {})
    delivery = found.pop("DeliveryResponse")
    attempt = found.pop("Attempt")
    bodies = schemas_of(
        adapters_of(SecretRotation), {key_models.GraceSeconds: integer("How long the old secret signs too.")}
    )
    bodies["SecretRotation"]["example"] = {"grace_seconds": 3600}
    return {
        "Delivery": {**delivery, "properties": _described(delivery["properties"], _MORE)},
        "Attempt": {**attempt, "properties": _described(attempt["properties"], _ATTEMPT)},
        "QueuedDelivery": record({"delivery_id": text(pattern=_DELIVERY_ID)}),
        "RotatedSecret": record(
            {
                "secret": text("The new secret, shown once.", pattern="^whsec_"),
                "previous_valid_until": moment("Until then, both sign."),
            }
        ),
        **bodies,
    }


def parameters() -> dict[str, Schema]:
    """Return the parameters of the delivery log by name."""
    return {
        "delivery_in_path": {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "The id of a delivery.",
            "schema": text(pattern=_DELIVERY_ID),
            "example": "dlv_mx0roj4hz46vgxhf858b",
        },
        "delivery_state": _query("state", "Only deliveries in this state.", one_of(list(STATES))),
        "destination_id": _query("destination_id", "Only deliveries to this destination.", text()),
        "message_id": _query("message_id", "Only deliveries of this message.", text()),
        "delivery_limit": _query(
            "limit",
            "Deliveries on a page, which has fewer if it would be larger than 5 MB.",
            integer(minimum=1, maximum=PAGE_MAX, default=PAGE),
        ),
    }


def operations() -> dict[str, Operation]:
    """Return the operations by function."""
    one = ref("parameters", "destination_in_path")
    named = ("delivery_state", "destination_id", "message_id", "delivery_limit", "cursor")
    return {
        "list_deliveries": Operation(
            tag="Workspace",
            description="Newest first, for 30 days: each attempt with its status and the beginning of what was "
            "answered. A key that is bound to websites sees none.",
            answer=_page("Delivery"),
            parameters=tuple(ref("parameters", name) for name in named),
        ),
        "redeliver": Operation(
            tag="Workspace",
            description="The same body under the same `webhook-id`, with the time of now, and with as many attempts as "
            "a new delivery has.",
            answer=_json("QueuedDelivery"),
            status=202,
            parameters=(ref("parameters", "delivery_in_path"),),
            codes=(ErrorCode.INVALID_BODY, ErrorCode.RECORD_NOT_FOUND, ErrorCode.CONCURRENT_CHANGE),
        ),
        "test_destination": Operation(
            tag="Workspace",
            description="A webhook gets an event `ping`, a channel of Slack one sentence. The log says what came of "
            "it.",
            answer=_json("QueuedDelivery"),
            status=202,
            parameters=(one,),
            codes=(ErrorCode.INVALID_BODY, ErrorCode.RECORD_NOT_FOUND),
        ),
        "rotate_secret": Operation(
            tag="Workspace",
            description="Until the grace period ends (24 hours unless the body says otherwise), webhooks have two "
            "signatures, one by each secret. A destination of Slack has no secret, and is answered 404.",
            answer=_json("RotatedSecret"),
            parameters=(one,),
            body={"required": False, "content": {"application/json": {"schema": schema("SecretRotation")}}},
            codes=(
                ErrorCode.INVALID_BODY,
                ErrorCode.PAYLOAD_TOO_LARGE,
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                ErrorCode.RECORD_NOT_FOUND,
                ErrorCode.CONCURRENT_CHANGE,
            ),
        ),
    }


def _json(name: str) -> Schema:
    return {"application/json": {"schema": record({"data": schema(name), "meta": schema("Meta")})}}


def _page(name: str) -> Schema:
    return {"application/json": {"schema": record({"data": array(schema(name)), "meta": schema("PageMeta")})}}


def _query(name: str, description: str, of: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": of}


def _described(properties: dict[str, Schema], more: dict[str, Schema]) -> dict[str, Schema]:
    return {name: {**more.get(name, {}), **found} for name, found in properties.items()}
