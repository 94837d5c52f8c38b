"""POST /api/v1/pixel/events/batch - up to 1,000 events, each with its own result."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.ingest.requests import ingest_batch


@route(scope=Scope.WRITE)
def handler(request: Request) -> Response:
    return ingest_batch(request)
