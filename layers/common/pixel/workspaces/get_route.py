"""The handler of the routes that return one record."""

from pixel.auth.caller import Scope
from pixel.foundation.clock import from_iso, now
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.revisions import etag
from pixel.http.route import Request, route
from pixel.http.run_route import LambdaHandler
from pixel.workspaces.forgetting import DELETED_SHOWN
from pixel.workspaces.record_failures import api_errors, not_found
from pixel.workspaces.record_kind import DELETED_AT, RecordKind, revision_of
from pixel.workspaces.shown import records_shown
from pixel.workspaces.store import function_store


def get_route(kind: RecordKind) -> LambdaHandler:
    """Return the handler for one record of a kind, with `deleted=true` also for one deleted in the last 30 days."""

    @route(scope=Scope.READ, reads_query=True)
    def handler(request: Request) -> Response:
        parameters = QueryParameters(request.query, {"deleted"})
        with_deleted = parameters.choice("deleted", ("true", "false")) == "true"
        parameters.raise_faults()
        with api_errors(kind, missing=kind):
            store = function_store(request.caller)
            item = store.find_any(kind, request.caller.workspace_id, request.path["id"])
        if DELETED_AT in item and not (with_deleted and from_iso(item[DELETED_AT]) > now() - DELETED_SHOWN):
            raise not_found(kind)
        [record] = records_shown(store, kind, request.caller.workspace_id, [item])
        return Response(record, headers={"ETag": etag(revision_of(item))})

    return handler
