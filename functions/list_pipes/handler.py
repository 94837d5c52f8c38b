"""GET /api/v1/pixel/pipes - the pipes, their parameters and their columns."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.pipe_descriptions import describe_pipes
from pixel.query_parameters import QueryParameters
from pixel.route import Request, route


@route(scope=Scope.READ)
def handler(request: Request) -> Answer:
    QueryParameters(request.query, ()).raise_faults()
    return Answer(describe_pipes())
