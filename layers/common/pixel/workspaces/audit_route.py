"""The route that shows the audit trail."""

from datetime import timedelta

from pixel.auth.caller import Caller
from pixel.aws.attributes import Item
from pixel.aws.tables import Query
from pixel.foundation.clock import from_iso, now
from pixel.http.cursors import read_cursor, write_cursor
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request
from pixel.workspaces.audit import AUDIT_PREFIX, KEPT_SECONDS, WEBSITES, is_visible
from pixel.workspaces.key_responses import AuditEntryResponse
from pixel.workspaces.store import function_store

ENTRIES_MAX = 1000


def audit_page(request: Request) -> Response:
    """Return the entries of the workspace, newest first. A key that is bound to websites sees those about them.

    DynamoDB deletes an entry only some time after it has expired, so older ones are left out.
    """
    parameters = QueryParameters(request.query, {"limit", "cursor"})
    limit = parameters.integer("limit", 1, ENTRIES_MAX) or ENTRIES_MAX
    after = read_cursor(parameters, {})
    parameters.raise_faults()
    items = _visible(request.caller, after, limit + 1)
    oldest = now() - timedelta(seconds=KEPT_SECONDS)
    kept = [item for item in items if from_iso(item["at"]) >= oldest]
    page = kept[:limit]
    meta = {"next_cursor": write_cursor(page[-1]["id"], {})} if len(kept) > limit else {}
    return Response([{name: item[name] for name in AuditEntryResponse.__annotations__} for item in page], meta=meta)


def _visible(caller: Caller, after: str | None, number: int) -> list[Item]:
    """Return the first entries behind an id that the caller may see, reading on until there are enough."""
    store = function_store(caller)
    read_at_once = number if caller.website_ids is None else ENTRIES_MAX
    found: list[Item] = []
    while len(found) < number:
        query = Query(
            ("workspace_id", caller.workspace_id),
            sort_prefix=("item", AUDIT_PREFIX),
            attributes=(*AuditEntryResponse.__annotations__, WEBSITES),
            after=None if after is None else f"{AUDIT_PREFIX}{after}",
            descending=True,
        )
        entries = store.database.query(store.workspace_table, query, items_max=read_at_once)
        found += (one for one in entries if is_visible(one, caller.website_ids, caller.key_id))
        if len(entries) < read_at_once:
            break
        after = entries[-1]["id"]
    return found[:number]
