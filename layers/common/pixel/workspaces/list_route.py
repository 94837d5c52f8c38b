"""The entry of the routes that list what a workspace owns."""

from pixel.auth.caller import Scope
from pixel.http.public_route import LambdaHandler
from pixel.http.query import QueryParameters
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.workspaces.kinds import RecordKind
from pixel.workspaces.store import function_store

ROWS_MAX = 1000


def list_route(kind: RecordKind) -> LambdaHandler:
    """Return the handler that lists one kind of record, oldest first, of one website where asked."""

    @route(scope=Scope.READ)
    def handler(request: Request) -> Answer:
        parameters = QueryParameters(request.query, {"website_id"})
        website_id = parameters.website_id()
        parameters.raise_faults()
        items = function_store().list_live(kind, request.caller.workspace_id, website_id, items_max=ROWS_MAX)
        return Answer([kind.answer(item) for item in items])

    return handler
