"""POST /api/v1/pixel/identify - who a visitor is outside, hashed."""

from pixel.answers import Answer
from pixel.caller import Scope
from pixel.ingest_requests import take_identify
from pixel.route import Request, route


@route(scope=Scope.WRITE)
def handler(request: Request) -> Answer:
    return take_identify(request)
