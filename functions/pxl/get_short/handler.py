"""GET /api/v1/short/{id+} - one short link, by its id, its address or its route."""

from pixel.faces.pxl import DAY, PXL, ShortScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.pxl.shorts import answer_one


@route(scope=ShortScope.READ, face=PXL, limit=DAY)
def handler(request: Request) -> Response:
    return answer_one(request)
