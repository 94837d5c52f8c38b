"""DELETE /api/v1/short/{id+} - the end of a short link; its clicks stay."""

from pixel.faces.pxl import DAY, PXL, ShortScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.pxl.saving import delete_short


@route(scope=ShortScope.WRITE, face=PXL, limit=DAY)
def handler(request: Request) -> Response:
    return delete_short(request)
