"""GET /api/v1/insight - clicks of a short link, or of all of the workspace, by day and by property."""

from pixel.faces.pxl import DAY, PXL, ShortScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.pxl.insight import answer_insight


@route(scope=ShortScope.INSIGHT, face=PXL, limit=DAY, reads_query=True)
def handler(request: Request) -> Response:
    return answer_insight(request)
