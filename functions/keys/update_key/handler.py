"""PATCH /api/v1/keys/{id} - renames an API key, or takes rights away from it."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.key_writing import updated


@route(scope=Scope.KEYS)
def handler(request: Request) -> Response:
    return updated(request)
