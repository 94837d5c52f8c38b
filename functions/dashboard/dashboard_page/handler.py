"""GET /dashboard - the dashboard of a website, whose session stands behind the # of the address."""

from pixel.dashboard.embedding import dashboard_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return dashboard_response(request)
