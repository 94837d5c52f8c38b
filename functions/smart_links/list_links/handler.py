"""GET /api/links - the links of the workspace, newest first, with their numbers."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import link_routes


@route(scope=LinksScope.LINKS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return link_routes.list_links(request)
