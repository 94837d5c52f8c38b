"""POST /api/v1/pixel/events/batch - up to 1,000 events, each with a fate of its own."""

from pixel.auth.caller import Scope
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.ingest.requests import take_batch


@route(scope=Scope.WRITE)
def handler(request: Request) -> Answer:
    return take_batch(request)
