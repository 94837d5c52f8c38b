"""GET /api/workspaces/current - the workspace of the key, its limits and what it has used of them."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import workspace_routes


@route(scope=LinksScope.WORKSPACE_READ, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return workspace_routes.get_workspace(request)
