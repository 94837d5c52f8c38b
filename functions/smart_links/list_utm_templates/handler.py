"""GET /api/utm-templates - the templates of UTM parameters, newest first."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import UTM_TEMPLATE
from pixel.smart_links import label_routes


@route(scope=LinksScope.LINKS_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return label_routes.list_labels(UTM_TEMPLATE, request)
