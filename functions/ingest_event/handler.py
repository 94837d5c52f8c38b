"""POST /api/v1/pixel/events - one event: a pageview, a custom goal or a payment."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.ingest_requests import take_event
from pixel.route import Request, route


@route(scope=Scope.WRITE)
def handler(request: Request) -> Answer:
    return take_event(request)
