"""POST /api/v1/keys - creates an API key, which is shown once."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.key_writing import created


@route(scope=Scope.KEYS)
def handler(request: Request) -> Response:
    return created(request)
