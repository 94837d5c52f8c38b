"""GET /share/assets/{file} - a script, style or picture of the dashboard, whose name contains its hash."""

from pixel.dashboard.assets import asset_response
from pixel.http.public_route import PublicRequest, public_route
from pixel.http.response import Response


@public_route()
def handler(request: PublicRequest) -> Response:
    return asset_response(request.path["file"])
