"""POST /api/v1/pixel/identify - links a visitor to a hashed external id."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.ingest.requests import ingest_identify


@route(scope=Scope.WRITE)
def handler(request: Request) -> Response:
    return ingest_identify(request)
