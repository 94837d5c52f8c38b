"""GET /api/v1/pixel/metrics/{pipe} - a token for one pipe, valid for 120 s, and its URL."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.pipe_query import read_pipe_query
from pixel.reports.token_responses import mint_token
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    pipe = find_pipe(request.path["pipe"])
    query = read_pipe_query(request, pipe, with_pipe_parameters=False)
    return Response(mint_token(request.caller, pipe, query.fixed))
