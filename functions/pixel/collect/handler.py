"""POST /api/v1/collect - events of a browser, with a publishable key in the body."""

from pixel.collect.requests import collect
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route()
def handler(request: PublicRequest) -> Response:
    return collect(request)
