"""GET /api/analytics/clicks - clicks, newest first."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import analytics


@route(scope=LinksScope.ANALYTICS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return analytics.answer_clicks(request)
