"""PATCH /api/links/{linkId} - changes the given fields of a link."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import link_routes


@route(scope=LinksScope.LINKS_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return link_routes.update_link(request)
