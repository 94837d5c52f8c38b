"""GET /p/{file} - the script of the browser pixel, with the settings of the website whose key the name is."""

from pixel.collect.script import script_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route()
def handler(request: PublicRequest) -> Response:
    return script_response(request)
