"""DELETE /api/campaigns/{campaignId} - deletes a campaign without links, or takes it off them with unlink=true."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import CAMPAIGN
from pixel.smart_links import label_routes


@route(scope=LinksScope.CAMPAIGNS_WRITE, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return label_routes.delete_label(CAMPAIGN, request)
