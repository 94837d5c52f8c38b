"""The routes of destinations that other records do not have: a test message, and another secret."""

from pixel.aws.attributes import Item
from pixel.foundation import JsonObject
from pixel.foundation.clock import now
from pixel.foundation.ids import new_id
from pixel.hooks.destinations import DESTINATIONS, SecretRotation
from pixel.hooks.dispatching import dispatch
from pixel.http.request_bodies import JSON, read_json, unreadable
from pixel.http.response import Response
from pixel.http.revisions import refuse_if_match
from pixel.http.route import Request
from pixel.workspaces.deliveries import insertion, new_delivery
from pixel.workspaces.destination_kind import DESTINATION
from pixel.workspaces.listeners import SLACK
from pixel.workspaces.models import checked
from pixel.workspaces.record_failures import api_errors
from pixel.workspaces.store import Store, function_store

_BODY_BYTES_MAX = 1_024


def tested(request: Request) -> Response:
    """Send a message to a destination, so that its receiver can be tried out."""
    refuse_if_match(request)
    store, workspace_id = function_store(request.caller), request.caller.workspace_id
    with api_errors(DESTINATION, missing=DESTINATION):
        destination = store.find(DESTINATION, workspace_id, request.path["id"])
    delivery = ping(store, destination)
    dispatch([delivery])
    return Response({"delivery_id": delivery["id"]}, status=202)


def ping(store: Store, destination: Item) -> Item:
    """Write a test message to a destination, which is due at once, and return its delivery."""
    workspace_id = destination["workspace_id"]
    data: JsonObject = {"id": destination["id"], "workspace_id": workspace_id, "website_id": None}
    if destination["kind"] == SLACK:
        data = {"text": "Pixel API can write to this channel."}
    delivery = new_delivery(workspace_id, destination, new_id("msg"), "ping", data, now())
    store.database.transact(insertion(store, delivery))
    return delivery


def secret_rotated(request: Request) -> Response:
    """Replace the secret of a webhook, and show the new one once."""
    refuse_if_match(request)
    store, workspace_id = function_store(request.caller), request.caller.workspace_id
    body = read_json(request, media_types=(JSON,), bytes_max=_BODY_BYTES_MAX) if request.body else {}
    if not isinstance(body, dict):
        raise unreadable("The body must be a JSON object.")
    rotation = checked(SecretRotation, body)
    with api_errors(DESTINATION, missing=DESTINATION):
        found = DESTINATIONS.rotate_secret(store, workspace_id, request.path["id"], rotation)
    return Response(found._asdict())
