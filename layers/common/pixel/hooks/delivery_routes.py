"""The routes of the delivery log: what was sent to destinations, and sending it again."""

import json
from typing import Any, Final

from pixel.foundation.errors import ApiError, ErrorCode
from pixel.hooks.delivery_log import newest_deliveries, send_again
from pixel.hooks.dispatching import dispatch
from pixel.http.cursors import read_cursor, write_cursor
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.revisions import refuse_if_match
from pixel.http.route import Request
from pixel.workspaces.deliveries import STATES, to_response
from pixel.workspaces.errors import ConcurrentChangeError, NotFoundError
from pixel.workspaces.store import function_store

PAGE = 100
PAGE_MAX = 1_000
PAGE_BYTES_MAX: Final = 5_000_000
"""Of a page as Lambda counts it, which returns 6 MB and takes the body as a text within JSON."""
_PATH = "deliveries"


def delivery_page(request: Request) -> Response:
    """Return deliveries of the workspace, newest first. A key that is bound to websites sees none.

    A page has fewer than asked for if they would be too large: the answers of receivers are part of them.
    """
    parameters = QueryParameters(request.query, {"state", "destination_id", "message_id", "limit", "cursor"})
    given = {
        "state": parameters.choice("state", STATES),
        "destination_id": parameters.non_empty_text("destination_id"),
        "message_id": parameters.non_empty_text("message_id"),
    }
    filters = {name: value for name, value in given.items() if value is not None}
    limit = parameters.integer("limit", 1, PAGE_MAX) or PAGE
    after = read_cursor(parameters, filters)
    parameters.raise_faults()
    if request.caller.website_ids is not None:
        return Response([], meta={})
    store = function_store(request.caller)
    page: list[dict[str, Any]] = []
    size = 0
    for item in newest_deliveries(store, request.caller.workspace_id, filters, after=after, number=limit + 1):
        shown = to_response(item)
        size += len(json.dumps(json.dumps(shown)))
        if len(page) == limit or (page and size > PAGE_BYTES_MAX):
            return Response(page, meta={"next_cursor": write_cursor(page[-1]["id"], filters)})
        page.append(shown)
    return Response(page, meta={})


def redelivered(request: Request) -> Response:
    """Send a delivery again. For a key that is bound to websites there are none."""
    refuse_if_match(request)
    missing = ApiError(ErrorCode.RECORD_NOT_FOUND, details={"kind": _PATH}, kind=_PATH)
    if request.caller.website_ids is not None:
        raise missing
    try:
        delivery = send_again(function_store(request.caller), request.caller.workspace_id, request.path["id"])
    except NotFoundError:
        raise missing from None
    except ConcurrentChangeError:
        raise ApiError(ErrorCode.CONCURRENT_CHANGE) from None
    dispatch([delivery])
    return Response({"delivery_id": delivery["id"]}, status=202)
