"""DELETE /api/v1/keys/{id} - revokes an API key permanently."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.key_writing import revoked


@route(scope=Scope.KEYS)
def handler(request: Request) -> Response:
    return revoked(request)
