"""GET /api/campaigns/{campaignId} - a campaign, with the number of its links."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import CAMPAIGN
from pixel.smart_links import label_routes


@route(scope=LinksScope.CAMPAIGNS_READ, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return label_routes.get_label(CAMPAIGN, request)
