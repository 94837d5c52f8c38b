"""POST /api/v1/pixel/identify - who a visitor is outside, hashed."""

from pixel.auth.caller import Scope
from pixel.http.response import Answer
from pixel.http.route import Request, route
from pixel.ingest.requests import take_identify


@route(scope=Scope.WRITE)
def handler(request: Request) -> Answer:
    return take_identify(request)
