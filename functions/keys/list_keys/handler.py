"""GET /api/v1/keys - the API keys of the workspace; never the keys themselves."""

from pixel.auth.caller import Scope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.workspaces.key_reading import list_of_keys


@route(scope=Scope.KEYS, reads_query=True)
def handler(request: Request) -> Response:
    return list_of_keys(request)
