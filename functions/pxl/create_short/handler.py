"""POST /api/v1/short - a new short link of the workspace."""

from pixel.faces.pxl import DAY, PXL, ShortScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.pxl.saving import create_short


@route(scope=ShortScope.WRITE, face=PXL, limit=DAY)
def handler(request: Request) -> Response:
    return create_short(request)
