"""GET /api/v1/pixel/pipes - the pipes, their parameters and their columns."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.pipes import describe_pipes


@route(scope=Scope.READ)
def handler(_request: Request) -> Response:
    return Response(describe_pipes())
