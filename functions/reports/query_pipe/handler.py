"""GET /api/v1/pixel/query/{pipe} - the rows of one pipe, as Tinybird returned them."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports import csv_rows
from pixel.reports.pipe_query import read_pipe_query
from pixel.reports.responses import query_csv, query_rows
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    pipe = find_pipe(request.path["pipe"])
    query = read_pipe_query(request, pipe, options={"format": csv_rows.FORMATS})
    if csv_rows.is_wanted(query.options["format"], request.header("accept")):
        return Response(query_csv(request.caller, pipe, query))
    return Response(query_rows(request.caller, pipe, query))
