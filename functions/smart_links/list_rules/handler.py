"""GET /api/rules - the rules of the workspace, or of one link, newest first."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import rule_routes


@route(scope=LinksScope.RULES_READ, face=SMART_LINKS, limit=LINKS, reads_query=True)
def handler(request: Request) -> Response:
    return rule_routes.list_rules(request)
