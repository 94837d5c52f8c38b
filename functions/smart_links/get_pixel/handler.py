"""GET /api/pixels/{pixelId} - a pixel, with the number of its links."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import PIXEL
from pixel.smart_links import label_routes


@route(scope=LinksScope.PIXELS_READ, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return label_routes.get_label(PIXEL, request)
