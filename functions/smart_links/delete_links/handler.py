"""POST /api/links/bulk/delete - deletes up to 100 links."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import bulk


@route(scope=LinksScope.LINKS_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return bulk.delete_links(request)
