"""PATCH /api/tags/{tagId} - changes the given fields of a tag, and its name on its links."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.links.labels import TAG
from pixel.smart_links import label_routes


@route(scope=LinksScope.LINKS_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return label_routes.update_label(TAG, request)
