"""GET /dashboard - the dashboard of a website, whose session stands behind the # of the address."""

from pixel.dashboard.page import Door, page_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return page_response(request, Door.DASHBOARD)
