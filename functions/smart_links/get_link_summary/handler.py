"""GET /api/analytics/{linkId} - the numbers of a link, and those of the period before."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import analytics


@route(scope=LinksScope.ANALYTICS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return analytics.answer_link(request)
