"""The entry of the routes that list what a workspace owns."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.public_route import LambdaHandler
from pixel.query_parameters import QueryParameters
from pixel.route import Request, route
from pixel.workspace_records import RecordKind, list_records


def list_route(kind: RecordKind) -> LambdaHandler:
    @route(scope=Scope.READ)
    def handler(request: Request) -> Answer:
        parameters = QueryParameters(request.query, {"website_id"})
        website_id = parameters.website_id()
        parameters.raise_faults()
        return Answer(list_records(kind, request.caller.workspace_id, website_id))

    return handler
