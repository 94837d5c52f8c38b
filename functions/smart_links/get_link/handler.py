"""GET /api/links/{linkId} - a link, by its id or by ext_ and your own id of it."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import link_routes


@route(scope=LinksScope.LINKS_READ, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return link_routes.get_link(request)
