"""POST /api/v1/share/open - a session for a share link, whose password it checks."""

from pixel.dashboard.open_route import open_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route()
def handler(request: PublicRequest) -> Response:
    return open_response(request)
