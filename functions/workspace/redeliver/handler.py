"""POST /api/v1/pixel/deliveries/{id}/redeliver - sends a delivery again, under the same message id."""

from pixel.auth.caller import Scope
from pixel.hooks.delivery_routes import redelivered
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.MANAGE)
def handler(request: Request) -> Response:
    return redelivered(request)
