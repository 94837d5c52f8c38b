"""POST /api/v1/pixel/dashboard-sessions - the address of a dashboard, for a user of the caller's own."""

from pixel.auth.caller import Scope
from pixel.dashboard.owner_sessions import session_response
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.READ)
def handler(request: Request) -> Response:
    return session_response(request)
