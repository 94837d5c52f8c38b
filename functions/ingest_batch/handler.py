"""POST /api/v1/pixel/events/batch - up to 1,000 events, each with a fate of its own."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.ingest_requests import take_batch
from pixel.route import Request, route


@route(scope=Scope.WRITE)
def handler(request: Request) -> Answer:
    return take_batch(request)
