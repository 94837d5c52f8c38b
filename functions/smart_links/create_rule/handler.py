"""POST /api/rules - creates a rule, which its link follows at once."""

from pixel.faces.smart_links import LINKS, SMART_LINKS, LinksScope
from pixel.http.response import Response
from pixel.http.route import Request, route
from pixel.smart_links import rule_routes


@route(scope=LinksScope.RULES_WRITE, face=SMART_LINKS, limit=LINKS)
def handler(request: Request) -> Response:
    return rule_routes.create_rule(request)
