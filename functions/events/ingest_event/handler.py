"""POST /api/v1/pixel/events - one event: a pageview, a custom event or a payment."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.ingest.requests import ingest_event


@route(scope=Scope.WRITE)
def handler(request: Request) -> Response:
    return ingest_event(request)
