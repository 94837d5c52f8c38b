"""GET /api/v1/pixel/visitors/{id} - a token for one visitor's profile, valid for 120 s, and its URL."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.reports.fixed_query import read_fixed_query
from pixel.reports.token_responses import mint_token
from pixel.reports.visitors import ID_TYPES, visitor_parameters
from pixel.tinybird.catalogue import find_pipe


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    pipe = find_pipe("p_visitor_profile")
    fixed, options = read_fixed_query(request, pipe, {"id_type": ID_TYPES})
    visitor = visitor_parameters(request.path["id"], options["id_type"])
    return Response(mint_token(request.caller, pipe, {**fixed, **visitor}))
