"""POST /api/v1/pixel/destinations/{id}/test - sends a test message to a destination."""

from pixel.auth.caller import Scope
from pixel.hooks.destination_routes import tested
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.MANAGE)
def handler(request: Request) -> Response:
    return tested(request)
