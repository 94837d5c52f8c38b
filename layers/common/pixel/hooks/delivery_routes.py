"""The routes of the delivery log: what was sent to destinations, and sending it again."""

from collections.abc import Mapping

from pixel.aws import tables
from pixel.aws.attributes import Item
from pixel.aws.json_service import back_off
from pixel.aws.tables import ABSENT, Query, WriteRefusedError
from pixel.foundation.clock import epoch_seconds, from_iso, now
from pixel.foundation.errors import ApiError, ErrorCode
from pixel.hooks.dispatching import dispatch
from pixel.http.cursors import read_cursor, write_cursor
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.revisions import refuse_if_match
from pixel.http.route import Request
from pixel.workspaces.audit import PURGE_AT
from pixel.workspaces.deliveries import (
    DELIVERY_ID_PREFIX,
    KEPT_SECONDS,
    STATES,
    DeliveryResponse,
    delivery_key,
    to_response,
)
from pixel.workspaces.due import DELIVERY_PREFIX, LEASE_UNTIL, due_attributes
from pixel.workspaces.store import ATTEMPTS, function_store

PAGE_MAX = 1_000
_PATH = "deliveries"


def delivery_page(request: Request) -> Response:
    """Return deliveries of the workspace, newest first. A key that is bound to websites sees none.

    DynamoDB deletes a delivery only some time after it has expired, so older ones are left out.
    """
    parameters = QueryParameters(request.query, {"state", "destination_id", "message_id", "limit", "cursor"})
    filters = {
        name: value
        for name, value in {
            "state": parameters.choice("state", STATES),
            "destination_id": parameters.non_empty_text("destination_id"),
            "message_id": parameters.non_empty_text("message_id"),
        }.items()
        if value is not None
    }
    limit = parameters.integer("limit", 1, PAGE_MAX) or PAGE_MAX
    after = read_cursor(parameters, filters)
    parameters.raise_faults()
    if request.caller.website_ids is not None:
        return Response([], meta={})
    items = _newest(request.caller.workspace_id, filters, after, limit + 1)
    page = items[:limit]
    meta = {"next_cursor": write_cursor(page[-1]["id"], filters)} if len(items) > limit else {}
    return Response([to_response(item) for item in page], meta=meta)


def redelivered(request: Request) -> Response:
    """Send a delivery again: the same body under the same message id, with as many attempts as a new one has."""
    refuse_if_match(request)
    store, workspace_id, delivery_id = function_store(request.caller), request.caller.workspace_id, request.path["id"]
    key = delivery_key(workspace_id, delivery_id)
    for attempt in range(1, ATTEMPTS + 1):
        found = store.database.get(store.workspace_table, key) if request.caller.website_ids is None else None
        if found is None or not delivery_id.startswith(f"{DELIVERY_ID_PREFIX}_"):
            raise ApiError(ErrorCode.RECORD_NOT_FOUND, details={"kind": _PATH}, kind=_PATH)
        held = found.get(LEASE_UNTIL)
        if held is None or from_iso(held) <= now():
            due = due_attributes(key["item"], now())
            values = {
                **due,
                LEASE_UNTIL: ABSENT,
                "state": "pending",
                "tries": 0,
                PURGE_AT: int(epoch_seconds()) + KEPT_SECONDS,
            }
            seen = {name: found.get(name, ABSENT) for name in ("state", "due_at", LEASE_UNTIL, "attempts")}
            try:
                store.database.transact(tables.change(store.workspace_table, key, values, seen))
            except WriteRefusedError:
                back_off(attempt)
                continue
            dispatch([{**found, **due}])
            return Response({"delivery_id": delivery_id}, status=202)
        back_off(attempt)
    raise ApiError(ErrorCode.CONCURRENT_CHANGE)


def _newest(workspace_id: str, filters: Mapping[str, str], after: str | None, number: int) -> list[Item]:
    store = function_store()
    query = Query(
        ("workspace_id", workspace_id),
        sort_prefix=("item", DELIVERY_PREFIX),
        where=filters,
        attributes=(*(name for name in DeliveryResponse.__annotations__ if name != "next_at"), "due_at", PURGE_AT),
        after=None if after is None else f"{DELIVERY_PREFIX}{after}",
        descending=True,
    )
    found = store.database.query(store.workspace_table, query, items_max=number)
    return [item for item in found if item[PURGE_AT] > epoch_seconds()]
