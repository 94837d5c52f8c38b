"""GET /api/v1/keys/{id} - one API key."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.key_reading import one_key


@route(scope=Scope.KEYS)
def handler(request: Request) -> Response:
    return one_key(request)
