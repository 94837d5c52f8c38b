"""GET /api/qr/{linkId} - the QR code of a link, as SVG or PNG."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import qr_codes


@route(scope=LinksScope.LINKS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return qr_codes.answer_link(request)
