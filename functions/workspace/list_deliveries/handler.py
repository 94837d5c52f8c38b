"""GET /api/v1/pixel/deliveries - the log of deliveries to destinations, newest first."""

from pixel.auth.caller import Scope
from pixel.hooks.delivery_routes import delivery_page
from pixel.http.response import Response
from pixel.http.route import Request, route


@route(scope=Scope.READ, reads_query=True)
def handler(request: Request) -> Response:
    return delivery_page(request)
