"""GET /api/v1/analytics - page views, visitors and events of the key's website, as Infinity Metrics answers them."""

from pixel.faces.infinity import INFINITY, READ, SiteScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.infinity.analytics import answer_analytics


@route(scope=SiteScope.READ, face=INFINITY, limit=READ, reads_query=True)
def handler(request: Request) -> Response:
    return answer_analytics(request)
