"""GET /api/v1/share/data - the numbers of a dashboard that a session may see."""

from pixel.dashboard.data_route import data_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return data_response(request)
