"""POST /api/v1/pixel/destinations/{id}/rotate - a new secret for a webhook; the old one signs too for a while."""

from pixel.auth.caller import Scope
from pixel.hooks.destination_routes import secret_rotated
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.MANAGE)
def handler(request: Request) -> Response:
    return secret_rotated(request)
