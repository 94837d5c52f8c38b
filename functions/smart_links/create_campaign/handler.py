"""POST /api/campaigns - creates a campaign."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import CAMPAIGN
from pixel.smart_links import label_routes


@route(scope=LinksScope.CAMPAIGNS_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return label_routes.create_label(CAMPAIGN, request)
