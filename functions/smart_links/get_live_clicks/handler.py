"""GET /api/analytics/live - the clicks of the last thirty minutes, minute by minute."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import analytics


@route(scope=LinksScope.ANALYTICS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return analytics.answer_live(request)
