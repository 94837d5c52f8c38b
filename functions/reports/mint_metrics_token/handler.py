"""GET /api/v1/pixel/metrics/{pipe} - a token for one pipe, valid for 120 s, and its URL."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.fixed_query import read_fixed_query
from pixel.reports.token_responses import mint_token
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    pipe = find_pipe(request.path["pipe"])
    fixed, _ = read_fixed_query(request, pipe)
    return Response(mint_token(request.caller, pipe, fixed))
