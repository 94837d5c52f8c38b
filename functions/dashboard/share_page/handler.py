"""GET /share/{token} - the dashboard of a share link, as a page that is the same for every token."""

from pixel.dashboard.page import Door, page_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return page_response(request, Door.SHARE)
