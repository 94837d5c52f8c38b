"""GET /api/search - links, campaigns, tags and the domain that contain a text."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import search_route


@route(scope=LinksScope.LINKS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return search_route.search(request)
