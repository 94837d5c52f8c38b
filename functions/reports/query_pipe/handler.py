"""GET /api/v1/pixel/query/{pipe} - the rows of one pipe, as Tinybird returned them."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.pipe_query import read_pipe_query
from pixel.reports.responses import query_rows
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    pipe = find_pipe(request.path["pipe"])
    query = read_pipe_query(request, pipe, with_pipe_parameters=True)
    return Response(query_rows(request.caller, pipe, query))
