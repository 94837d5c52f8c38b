"""The entry of the routes that list what a workspace owns."""

from pixel.auth.caller import Scope
from pixel.http.public_route import LambdaHandler
from pixel.http.query import QueryParameters
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.workspaces.records import RecordKind, list_records


def list_route(kind: RecordKind) -> LambdaHandler:
    @route(scope=Scope.READ)
    def handler(request: Request) -> Answer:
        parameters = QueryParameters(request.query, {"website_id"})
        website_id = parameters.website_id()
        parameters.raise_faults()
        return Answer(list_records(kind, request.caller.workspace_id, website_id))

    return handler
