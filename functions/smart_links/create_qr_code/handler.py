"""POST /api/qr - the QR code of a link or of an address, within JSON."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import qr_codes


@route(scope=LinksScope.LINKS_READ, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return qr_codes.answer_any(request)
