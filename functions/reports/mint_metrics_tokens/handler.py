"""GET /api/v1/pixel/metrics - one token for several pipes, valid for 120 s, and their URLs."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.pipes_query import read_pipes_query
from pixel.reports.token_responses import mint_tokens


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    return Response(mint_tokens(request.caller, read_pipes_query(request)))
