"""GET /api/v1/short - the short links of the workspace, newest first, with their clicks."""

from pixel.faces.pxl import DAY, PXL, ShortScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.pxl.shorts import answer_list


@route(scope=ShortScope.READ, face=PXL, limit=DAY, reads_query=True)
def handler(request: Request) -> Response:
    return answer_list(request)
