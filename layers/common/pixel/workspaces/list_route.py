"""The handler of the routes that list records."""

from pixel.auth.caller import Scope
from pixel.http.public_route import LambdaHandler
from pixel.http.query import QueryParameters
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.kinds import RecordKind
from pixel.workspaces.store import function_store

RECORDS_MAX = 1000


def list_route(kind: RecordKind) -> LambdaHandler:
    """Return the handler that lists records of one kind, oldest first, optionally of one website."""

    @route(scope=Scope.READ, reads_query=True)
    def handler(request: Request) -> Response:
        parameters = QueryParameters(request.query, {"website_id"})
        website_id = parameters.website_id()
        parameters.raise_faults()
        items = function_store().list_live(kind, request.caller.workspace_id, website_id, items_max=RECORDS_MAX)
        return Response([kind.to_response(item) for item in items])

    return handler
