"""PATCH /api/workspaces/current - changes name, company or time zone of the workspace."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import workspace_routes


@route(scope=LinksScope.KEYS_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return workspace_routes.update_workspace(request)
