"""PATCH /api/utm-templates/{templateId} - changes the given fields of a template of UTM parameters."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import UTM_TEMPLATE
from pixel.smart_links import label_routes


@route(scope=LinksScope.LINKS_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return label_routes.update_label(UTM_TEMPLATE, request)
