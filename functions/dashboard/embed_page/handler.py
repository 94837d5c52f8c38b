"""GET /share/{token}/embed - the dashboard of a share link, for the origins that may embed it."""

from pixel.dashboard.embedding import embed_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route(reads_query=True)
def handler(request: PublicRequest) -> Response:
    return embed_response(request)
