"""PUT /api/v1/short/{id+} - changes to a short link; only the fields sent change."""

from pixel.faces.pxl import DAY, PXL, ShortScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.pxl.saving import update_short


@route(scope=ShortScope.WRITE, face=PXL, limit=DAY)
def handler(request: Request) -> Response:
    return update_short(request)
