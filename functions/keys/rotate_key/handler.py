"""POST /api/v1/keys/{id}/rotate - replaces an API key by a new one, which is shown once."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.key_writing import rotated


@route(scope=Scope.KEYS)
def handler(request: Request) -> Response:
    return rotated(request)
